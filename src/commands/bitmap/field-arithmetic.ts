/**
 * The arithmetic of BITFIELD: what SET and INCRBY make of a field, in the three ways of overflow. Fields of up to 52
 * bits, with operands of as many, are computed in doubles, exactly; all others take BigInt.
 */
import { type FieldOperation, OPERATION_SET, OVERFLOW_FAIL, OVERFLOW_SAT } from "./field-operation.js";

export const SMALL_BITS = 52;
const SMALL_MAX = 2 ** 52;

/** It does not fit, and is to fail: nothing is written. */
export const OVERFLOWN = null;

/** Whether computeSmall will do, once the operand is read. */
export function isSmall(operation: FieldOperation): boolean {
  return operation.bits <= SMALL_BITS && Math.abs(operation.operand) <= SMALL_MAX;
}

/** The new value of a field that holds `old`. */
export function computeSmall(operation: FieldOperation, old: number): number | null {
  const { bits, isSigned, operand, overflow } = operation;
  const isSet = operation.code === OPERATION_SET;
  const value = isSet ? operand : old + operand;
  const range = 2 ** bits;
  const max = isSigned ? range / 2 - 1 : range - 1;
  const min = isSigned ? -range / 2 : 0;
  if (value >= min && value <= max) return value;
  if (overflow === OVERFLOW_FAIL) return OVERFLOWN;
  // To an unsigned field, a negative value of SET is one of 64 bits, and too large.
  if (overflow === OVERFLOW_SAT) return value > max || (isSet && !isSigned) ? max : min;
  const wrapped = value - Math.floor(value / range) * range;
  return wrapped > max ? wrapped - range : wrapped;
}

/** The same for any width and any operand. */
export function computeWide(operation: FieldOperation, old: bigint, operand: bigint): bigint | null {
  return operation.isSigned ? computeSigned(operation, old, operand) : computeUnsigned(operation, old, operand);
}

function computeSigned(operation: FieldOperation, old: bigint, operand: bigint): bigint | null {
  const { bits, overflow } = operation;
  const isSet = operation.code === OPERATION_SET;
  const value = isSet ? operand : old + operand;
  const max = (1n << BigInt(bits - 1)) - 1n;
  const min = -max - 1n;
  if (value >= min && value <= max) return value;
  if (overflow === OVERFLOW_FAIL) return OVERFLOWN;
  if (overflow !== OVERFLOW_SAT) return BigInt.asIntN(bits, value);
  // Redis subtracts in 64 bits, where the distance of the lowest values of SET from the maximum wraps: they become it.
  return value > max || (isSet && max - value >= 1n << 63n) ? max : min;
}

function computeUnsigned(operation: FieldOperation, old: bigint, operand: bigint): bigint | null {
  const { bits, overflow } = operation;
  const isSet = operation.code === OPERATION_SET;
  const value = isSet ? BigInt.asUintN(64, operand) : old + operand;
  const max = (1n << BigInt(bits)) - 1n;
  if (value >= 0n && value <= max) return value;
  if (overflow === OVERFLOW_FAIL) return OVERFLOWN;
  if (overflow === OVERFLOW_SAT) return value > max ? max : 0n;
  return BigInt.asUintN(bits, value);
}

/** Arguments that the commands of the family share: coordinates, units, distances. */
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import { type ArgSpec, arg } from "../define.js";
import { ERR_NOT_FLOAT } from "../errors.js";
import { isOnMap, type Position } from "./position-code.js";

const METERS = keyword("M");
const KILOMETERS = keyword("KM");
const FEET = keyword("FT");
const MILES = keyword("MI");

const ERR_UNIT = encodeReply("-ERR unsupported unit provided. please use M, KM, FT, MI\r\n");
const ERR_NO_NUMBER = {
  radius: encodeReply("-ERR need numeric radius\r\n"),
  width: encodeReply("-ERR need numeric width\r\n"),
  height: encodeReply("-ERR need numeric height\r\n"),
};

/** What xxxOrReply answers when the client has its error. */
export const FAILED = -1;

/** The grammar of a unit. */
export const UNIT: ArgSpec = arg.oneOf(
  "unit",
  ["M", "KM", "FT", "MI"].map((unit) => arg.token(unit)),
);

/** Reads longitude and latitude from arguments i and i + 1; false when the client has its error. */
export function readPositionOrReply(args: Args, i: number, position: Position, out: ReplyWriter): boolean {
  const longitude = args.readDouble(i);
  const latitude = Number.isNaN(longitude) ? Number.NaN : args.readDouble(i + 1);
  if (Number.isNaN(latitude)) {
    out.error(ERR_NOT_FLOAT);
    return false;
  }
  if (!isOnMap(longitude, latitude)) {
    out.errorText(`ERR invalid longitude,latitude pair ${formatSixDigits(longitude)},${formatSixDigits(latitude)}`);
    return false;
  }
  position.longitude = longitude;
  position.latitude = latitude;
  return true;
}

/** How many metres the unit in argument i has, or FAILED. */
export function readUnitOrReply(args: Args, i: number, out: ReplyWriter): number {
  if (args.is(i, METERS)) return 1;
  if (args.is(i, KILOMETERS)) return 1000;
  if (args.is(i, FEET)) return 0.3048;
  if (args.is(i, MILES)) return 1609.34;
  out.error(ERR_UNIT);
  return FAILED;
}

/** A size of an area, which may be negative, or NaN when the client has its error. */
export function readSizeOrReply(args: Args, i: number, name: keyof typeof ERR_NO_NUMBER, out: ReplyWriter): number {
  const size = args.readDouble(i);
  if (Number.isNaN(size)) out.error(ERR_NO_NUMBER[name]);
  return size;
}

/** As C prints a double with %f. */
function formatSixDigits(value: number): string {
  const size = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  if (size === Number.POSITIVE_INFINITY) return `${sign}inf`;
  if (size >= 2 ** 53) return `${sign}${BigInt(size)}.000000`;
  // In the middle between two, C takes the even one, and toFixed the larger.
  const text = size.toFixed(7);
  const isMiddle = Number.isInteger(size * 128) && text.endsWith("5");
  const digits = text.slice(0, -1);
  return sign + (isMiddle && Number(digits.at(-1)) % 2 === 0 ? digits : size.toFixed(6));
}

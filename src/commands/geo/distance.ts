/** Distances on a sphere in metres, by the haversine formula, to the last bit as Redis 7.4 finds them. */
import { asin, cos, sin } from "./trigonometry.js";

/** The quadratic mean radius of the earth. */
export const EARTH_RADIUS_METERS = 6372797.560856;

const RADIANS_PER_DEGREE = Math.PI / 180;

export function toRadians(degrees: number): number {
  return degrees * RADIANS_PER_DEGREE;
}

export function toDegrees(radians: number): number {
  return radians / RADIANS_PER_DEGREE;
}

/** Along a meridian. */
export function measureLatitudes(latitude1: number, latitude2: number): number {
  return EARTH_RADIUS_METERS * Math.abs(toRadians(latitude2) - toRadians(latitude1));
}

export function measure(longitude1: number, latitude1: number, longitude2: number, latitude2: number): number {
  const v = sin((toRadians(longitude2) - toRadians(longitude1)) / 2);
  if (v === 0) return measureLatitudes(latitude1, latitude2);
  const radians1 = toRadians(latitude1);
  const radians2 = toRadians(latitude2);
  const u = sin((radians2 - radians1) / 2);
  return toMeters(u * u + cos(radians1) * cos(radians2) * v * v);
}

/** The distance whose haversine this is. Rounding may have brought it past 1. */
export function toMeters(haversine: number): number {
  return 2 * EARTH_RADIUS_METERS * asin(Math.min(1, Math.sqrt(haversine)));
}

/**
 * A circle or a box around a position: which cells of the map cover it, as ranges of scores, and whether a position is
 * in it. Filled from the request (search-request.ts), used by search.ts. One object serves all calls.
 *
 * The nine cells are the one of the centre and those around it, of a size that fits the area. They are chosen as Redis
 * chooses them, also where that misses positions (beyond the antimeridian and around the poles, with large areas).
 */
import { EARTH_RADIUS_METERS, measure, measureLatitudes, toDegrees, toMeters, toRadians } from "./distance.js";
import {
  COLUMN,
  columnOf,
  interleave,
  LATITUDE_MAX,
  LONGITUDE_MAX,
  latitudeOf,
  longitudeOf,
  middleLatitude,
  middleLongitude,
  Position,
  ROW,
  rowOf,
  STEPS_MAX,
  splitScore,
} from "./position-code.js";
import { cos, sin } from "./trigonometry.js";

/** What distanceInside answers for a position outside. */
export const OUTSIDE = -1;

/** Half the equator's length on the Mercator map. */
const MERCATOR_MAX = 20037726.37;
/** Quick comparisons leave this much to the exact one: a factor, and degrees. */
const MARGIN = 1 + 1e-9;
const MARGIN_DEGREES = 1e-9;
/** More columns and rows than there are. */
const ALL_PARTS = 2 ** 32;

const CELLS = 9;
/** The order in which cells are searched: the centre, north, south, east, west, and the corners. */
const EASTWARD = Int8Array.of(0, 0, 0, 1, -1, 1, -1, 1, -1);
const NORTHWARD = Int8Array.of(0, 1, -1, 0, 0, 1, 1, -1, -1);

export class SearchArea {
  readonly center = new Position();
  isBox = false;
  /** Of a circle; in units, as all sizes. */
  radius = 0;
  /** Of a box. */
  width = 0;
  height = 0;
  metersPerUnit = 1;
  /** Set by findCells: cell i has the scores in [cellMin[i], cellMax[i]). */
  cellCount = 0;
  readonly cellMin = new Float64Array(CELLS);
  readonly cellMax = new Float64Array(CELLS);
  readonly #columns = new Uint32Array(CELLS);
  readonly #rows = new Uint32Array(CELLS);
  readonly #parts = new Uint32Array(2);
  #radiusMeters = 0;
  #cosine = 1;
  #haversineLimit = 0;
  /** Columns and rows outside of these are outside of the area. */
  #firstColumn = 0;
  #lastColumn = 0;
  #firstRow = 0;
  #lastRow = 0;

  /** Chooses the cells, and prepares distanceInside. */
  prepare(): void {
    this.#findCells();
    const { latitude } = this.center;
    const meters = this.radius * this.metersPerUnit;
    const angle = meters / EARTH_RADIUS_METERS;
    this.#radiusMeters = meters;
    this.#cosine = cos(toRadians(latitude));
    this.#haversineLimit = angle < Math.PI ? Math.sin(angle / 2) ** 2 * MARGIN : Number.POSITIVE_INFINITY;
    this.#limitParts(this.isBox ? (this.height * this.metersPerUnit) / 2 / EARTH_RADIUS_METERS : angle);
  }

  /** The distance in metres from the centre to the position that a score names, or OUTSIDE. */
  distanceInside(score: number): number {
    const parts = this.#parts;
    splitScore(score, parts);
    const row = parts[ROW] ?? 0;
    if (row < this.#firstRow || row > this.#lastRow) return OUTSIDE;
    const column = parts[COLUMN] ?? 0;
    if (column < this.#firstColumn || column > this.#lastColumn) return OUTSIDE;
    const longitude = middleLongitude(column);
    const latitude = middleLatitude(row);
    return this.isBox ? this.#distanceInBox(longitude, latitude) : this.#distanceInCircle(longitude, latitude);
  }

  /** Finds the columns and rows that the area cannot leave; `angle` is how far it reaches to the north and south. */
  #limitParts(angle: number): void {
    const { longitude, latitude } = this.center;
    const high = toDegrees(angle) * MARGIN + MARGIN_DEGREES;
    const [south, north] = [latitude - high, latitude + high];
    // The last row on the map is that of all latitudes beyond it.
    this.#firstRow = south <= -LATITUDE_MAX ? 0 : rowOf(south, STEPS_MAX);
    this.#lastRow = north >= LATITUDE_MAX ? ALL_PARTS : rowOf(north, STEPS_MAX);
    // How far a circle reaches to the east, unless a pole is in it. A box has its width at every latitude anew.
    const sine = Math.abs(latitude) + high < 90 ? Math.sin(angle) / this.#cosine : 1;
    const wide = sine < 1 ? toDegrees(Math.asin(sine)) * MARGIN + MARGIN_DEGREES : Number.POSITIVE_INFINITY;
    const isWhole = this.isBox || longitude - wide <= -LONGITUDE_MAX || longitude + wide >= LONGITUDE_MAX;
    this.#firstColumn = isWhole ? 0 : columnOf(longitude - wide, STEPS_MAX);
    this.#lastColumn = isWhole ? ALL_PARTS : columnOf(longitude + wide, STEPS_MAX);
  }

  #distanceInCircle(longitude: number, latitude: number): number {
    const { center } = this;
    // What distance.ts measures, in steps: positions that are outside need no arc sine.
    const v = sin((toRadians(longitude) - toRadians(center.longitude)) / 2);
    let distance: number;
    if (v === 0) {
      distance = measureLatitudes(center.latitude, latitude);
    } else {
      const radians = toRadians(latitude);
      const u = sin((radians - toRadians(center.latitude)) / 2);
      const haversine = u * u + this.#cosine * cos(radians) * v * v;
      if (haversine > this.#haversineLimit) return OUTSIDE;
      distance = toMeters(haversine);
    }
    return distance > this.#radiusMeters ? OUTSIDE : distance;
  }

  #distanceInBox(longitude: number, latitude: number): number {
    const { center, metersPerUnit } = this;
    if (measureLatitudes(latitude, center.latitude) > (this.height * metersPerUnit) / 2) return OUTSIDE;
    if (measure(longitude, latitude, center.longitude, latitude) > (this.width * metersPerUnit) / 2) return OUTSIDE;
    return measure(center.longitude, center.latitude, longitude, latitude);
  }

  #findCells(): void {
    const { longitude, latitude } = this.center;
    const unit = this.metersPerUnit;
    const halfHeight = unit * (this.isBox ? this.height / 2 : this.radius);
    const halfWidth = unit * (this.isBox ? this.width / 2 : this.radius);
    // Meridians come together towards the poles: the side that is nearer to the equator is the one that counts.
    const latitudeDelta = toDegrees(halfHeight / EARTH_RADIUS_METERS);
    const widest = latitude < 0 ? latitude - latitudeDelta : latitude + latitudeDelta;
    const longitudeDelta = toDegrees(halfWidth / EARTH_RADIUS_METERS / Math.cos(toRadians(widest)));
    const west = longitude - longitudeDelta;
    const east = longitude + longitudeDelta;
    const south = latitude - latitudeDelta;
    const north = latitude + latitudeDelta;

    let steps = this.#estimateSteps();
    let column = columnOf(longitude, steps);
    let row = rowOf(latitude, steps);
    const last = 2 ** steps - 1;
    const isCovered =
      !(latitudeOf(((row + 1) & last) + 1, steps) < north) &&
      !(latitudeOf((row - 1) & last, steps) > south) &&
      !(longitudeOf(((column + 1) & last) + 1, steps) < east) &&
      !(longitudeOf((column - 1) & last, steps) > west);
    if (steps > 1 && !isCovered) {
      steps--;
      column = columnOf(longitude, steps);
      row = rowOf(latitude, steps);
    }
    const cuts = steps >= 2;
    this.#chooseCells(
      column,
      row,
      steps,
      cuts && longitudeOf(column, steps) < west,
      cuts && longitudeOf(column + 1, steps) > east,
      cuts && latitudeOf(row, steps) < south,
      cuts && latitudeOf(row + 1, steps) > north,
    );
  }

  /** How fine a map has cells that are large enough: nine of them cover the area. */
  #estimateSteps(): number {
    const { latitude } = this.center;
    let meters = this.isBox
      ? Math.sqrt((this.width / 2) * (this.width / 2) + (this.height / 2) * (this.height / 2))
      : this.radius;
    meters *= this.metersPerUnit;
    if (meters === 0) return STEPS_MAX;
    let steps = -1;
    for (; meters < MERCATOR_MAX; meters *= 2) steps++;
    const polar = Math.abs(latitude);
    if (polar > 66) steps--;
    if (polar > 80) steps--;
    return Math.min(Math.max(steps, 1), STEPS_MAX);
  }

  /** The cell at column and row and those around it, but for the sides that the area does not reach. */
  #chooseCells(
    column: number,
    row: number,
    steps: number,
    skipsWest: boolean,
    skipsEast: boolean,
    skipsSouth: boolean,
    skipsNorth: boolean,
  ): void {
    const last = 2 ** steps - 1;
    const scale = 2 ** (2 * (STEPS_MAX - steps));
    const columns = this.#columns;
    const rows = this.#rows;
    let count = 0;
    for (let i = 0; i < CELLS; i++) {
      const eastward = EASTWARD[i] ?? 0;
      const northward = NORTHWARD[i] ?? 0;
      if ((eastward < 0 && skipsWest) || (eastward > 0 && skipsEast)) continue;
      if ((northward < 0 && skipsSouth) || (northward > 0 && skipsNorth)) continue;
      // A number past the last one, the map's very edge, is kept where the cell does not move that way.
      const cellColumn = eastward === 0 ? column : (column + eastward) & last;
      const cellRow = northward === 0 ? row : (row + northward) & last;
      // On a map of 2 by 2, both neighbours of a side are the same cell.
      if (count > 1 && cellColumn === columns[count - 1] && cellRow === rows[count - 1]) continue;
      columns[count] = cellColumn;
      rows[count] = cellRow;
      this.cellMin[count] = interleave(cellColumn, cellRow, 0) * scale;
      this.cellMax[count] = interleave(cellColumn, cellRow, 1) * scale;
      count++;
    }
    this.cellCount = count;
  }
}

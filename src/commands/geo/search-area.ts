/**
 * A circle or a box around a position: which cells of the map cover it, as ranges of scores, and whether a position is
 * in it. Filled from the request (search-request.ts), used by search.ts. One object serves all calls.
 *
 * The nine cells are the one of the centre and those around it, of a size that fits the area. They are chosen as Redis
 * chooses them, also where that misses positions (beyond the antimeridian and around the poles, with large areas).
 */
import { EARTH_RADIUS_METERS, measure, measureLatitudes, toDegrees, toMeters, toRadians } from "./distance.js";
import {
  columnOf,
  decodeScore,
  interleave,
  latitudeOf,
  longitudeOf,
  Position,
  rowOf,
  STEPS_MAX,
} from "./position-code.js";
import { cos, sin } from "./trigonometry.js";

/** What distanceInside answers for a position outside. */
export const OUTSIDE = -1;

/** Half the equator's length on the Mercator map. */
const MERCATOR_MAX = 20037726.37;
/** Quick comparisons leave this much to the exact one: a factor, and degrees. */
const MARGIN = 1 + 1e-9;
const MARGIN_DEGREES = 1e-12;

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
  readonly #position = new Position();
  #radiusMeters = 0;
  #cosine = 1;
  #latitudeLimit = 0;
  #haversineLimit = 0;

  /** Chooses the cells, and prepares distanceInside. */
  prepare(): void {
    this.#findCells();
    const { latitude } = this.center;
    const meters = this.radius * this.metersPerUnit;
    const angle = meters / EARTH_RADIUS_METERS;
    this.#radiusMeters = meters;
    this.#cosine = cos(toRadians(latitude));
    this.#latitudeLimit = toDegrees(angle) * MARGIN + MARGIN_DEGREES;
    this.#haversineLimit = angle < Math.PI ? Math.sin(angle / 2) ** 2 * MARGIN : Number.POSITIVE_INFINITY;
  }

  /** The distance in metres from the centre to the position that a score names, or OUTSIDE. */
  distanceInside(score: number): number {
    const position = this.#position;
    decodeScore(score, position);
    return this.isBox ? this.#distanceInBox(position) : this.#distanceInCircle(position);
  }

  #distanceInCircle({ longitude, latitude }: Position): number {
    const { center } = this;
    if (Math.abs(latitude - center.latitude) > this.#latitudeLimit) return OUTSIDE;
    // What distance.ts measures, in steps: most positions that are outside need no arc sine.
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

  #distanceInBox({ longitude, latitude }: Position): number {
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

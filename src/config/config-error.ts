/** Thrown by Config.fromOptions and PyRedis.create(); part of the public API. */

/** An option of the embedded API that cannot be. */
export class ConfigError extends Error {
  readonly code = "bad-option";

  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}

/** The version of this package, as its package.json has it (a test compares them): no file is read for it. */
export const PYREDIS_VERSION = "0.1.0";

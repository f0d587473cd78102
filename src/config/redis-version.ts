/** The release whose behaviour the configuration follows, as error texts and `--version` name it. */
export const REDIS_VERSION = "7.4.1";

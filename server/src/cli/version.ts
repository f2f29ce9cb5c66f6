/** The program's version: that of package.json, put in by the bundler. */
declare const ANSOR_VERSION: string | undefined;

export const VERSION: string = typeof ANSOR_VERSION === 'string' ? ANSOR_VERSION : '0.0.0-source';

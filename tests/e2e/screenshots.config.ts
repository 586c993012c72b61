import base from './playwright.config.js';

/** `./dev screenshots`: pictures of an installation with something in it. Not part of the tests. */
export default { ...base, testMatch: 'screenshots.ts', timeout: 1_200_000 };

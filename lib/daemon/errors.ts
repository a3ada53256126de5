/** The request does not fit the state that this peer is in (409). */
export class Conflict extends Error {}

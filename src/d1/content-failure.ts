/**
 * Why D1 did not commit: for what was sent, or for its own state. Only its text says which, and such texts have changed before, so
 * whatever is not known counts as an outage, which is tried again. A trigger that aborts stands for an outage in end-to-end tests.
 */
const OF_CONTENT =
  /malformed JSON|bad JSON path|(NOT NULL|CHECK|UNIQUE|FOREIGN KEY) constraint failed|datatype mismatch|cannot store \w+ value|too big|D1_TYPE_ERROR/;

/** The same will fail in the same way whenever it is sent. */
export function isContentFailure(message: string): boolean {
  return OF_CONTENT.test(message) && !message.includes("SQLITE_CONSTRAINT_TRIGGER");
}

/*
 * Takes the messages of some senders out of the bytes that a NATS server sends to a client.
 * Without it a cut between two nodes could not be made while both still reach the server.
 */
/** A filter on the bytes of a NATS server; all other bytes pass unchanged. */
export class SenderFilter {
  readonly #deafTo: ReadonlySet<string>;
  #rest: Buffer = Buffer.alloc(0);

  /** `deafTo`: names of nodes; it may change while bytes pass. */
  constructor(deafTo: ReadonlySet<string>) {
    this.#deafTo = deafTo;
  }

  /** The bytes that may pass on; the beginning of a message waits for its end. */
  pass(bytes: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const passed: Buffer[] = [];
    for (;;) {
      const lineEnd = this.#rest.indexOf("\r\n");
      if (lineEnd === -1) return passed;
      const line = this.#rest.toString("latin1", 0, lineEnd);
      const payloadAt = lineEnd + 2;
      const end = line.startsWith("MSG ") ? payloadAt + Number(line.slice(line.lastIndexOf(" "))) + 2 : payloadAt;
      if (this.#rest.length < end) return passed;
      const whole = this.#rest.subarray(0, end);
      if (end === payloadAt || !this.#deafTo.has(senderOf(whole.subarray(payloadAt)))) passed.push(whole);
      this.#rest = this.#rest.subarray(end);
    }
  }
}

/** A frame of the transport begins with a checksum of four bytes, its kind, the length of the sender's name, and the name. */
function senderOf(frame: Buffer): string {
  return frame.toString("latin1", 6, 6 + (frame[5] ?? 0));
}

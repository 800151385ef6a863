import type { MessagePort } from "node:worker_threads";
import type { Packet } from "@process-hub/protocol";
import type { Link } from "./link.js";

/**
 * A link by a MessagePort: between two threads of a node, or a thread and its host. Other words may travel the same port, for other
 * listeners. Without it others would have to know that a packet's buffer is handed over, not copied, and that a port's last message comes
 * before its end.
 */
export class PortLink implements Link {
  readonly #port: MessagePort;
  readonly #drained: Promise<void>;
  #listener: ((packet: Packet) => void) | undefined;
  #open = true;

  constructor(port: MessagePort) {
    this.#port = port;
    this.#drained = new Promise((resolve) => {
      port.on("close", () => {
        this.#open = false;
        resolve();
      });
    });
  }

  send(packet: Packet): void {
    this.#port.postMessage(packet, [packet.bytes.buffer as ArrayBuffer]);
  }

  onPacket(listener: (packet: Packet) => void): void {
    const isFirst = this.#listener === undefined;
    this.#listener = listener;
    if (!isFirst) return;
    this.#port.on("message", (message: Packet | Record<string, unknown>) => {
      if (isPacket(message)) this.#listener?.(message);
    });
  }

  drained(): Promise<void> | undefined {
    return this.#open ? this.#drained : undefined;
  }

  close(): void {
    this.#port.close();
  }
}

function isPacket(message: Packet | Record<string, unknown>): message is Packet {
  return "bytes" in message;
}

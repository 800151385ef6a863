import type { StrategyPort } from "@process-hub/protocol";

/** The part of Node's MessagePort that is used. */
export interface MessagePortLike {
  postMessage(message: unknown): void;
  on(event: "message" | "messageerror", listener: (message: unknown) => void): unknown;
  removeAllListeners(event: "message" | "messageerror"): unknown;
  close(): void;
}

/**
 * A MessagePort as the end of a strategy's channel. A message that cannot be read arrives as `undefined`.
 * Without it a message that cannot be read would be lost, and its question would wait for the deadline.
 */
export function messagePort(port: MessagePortLike): StrategyPort {
  return {
    post: (message) => port.postMessage(message),
    onMessage(listener) {
      for (const event of ["message", "messageerror"] as const) port.removeAllListeners(event);
      port.on("messageerror", () => listener(undefined));
      port.on("message", listener);
    },
    close: () => port.close(),
  };
}

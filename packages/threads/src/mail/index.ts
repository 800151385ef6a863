export { envelopeFrame, envelopeFrom } from "./envelope-frames.js";
export { Mailer } from "./mailer.js";
export type { Addressee, MailerPorts } from "./mailer-ports.js";

export { envelopeFrame, envelopeFrom } from "./envelope-frames.js";
export { EventChildren } from "./event-children.js";
export type { End, Listener, Told } from "./event-member.js";
export { type EventName, EventRelations, type EventRelationsPorts } from "./event-relations.js";
export { Mailer } from "./mailer.js";
export type { Addressee, MailerPorts } from "./mailer-ports.js";

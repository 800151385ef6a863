/*
 * The actor of the demo: one airport.
 * Without it the demo would have no actors to start, move and restart.
 */
import { defineActor } from "process-hub/actor";
import { AirportState, Arrival, arrived, Departure, departed, emptyAirport } from "./airport-state.js";

/**
 * One airport; its id is the airport's code. The main program tells it each departure, and it tells the airport of the destination.
 *
 * No handler waits for `ctx.ready()`: a departure causes exactly one arrival, so the main program, which stops at `hub.ready()`, paces
 * every link of the cluster. A handler that waited as well would let two airports of full threads wait for each other.
 */
export const Airport = defineActor({
  name: "airport",
  module: import.meta.url,
  state: AirportState,
  init: () => emptyAirport(),
})
  .on("depart", { input: Departure }, (state, flight, ctx) => {
    departed(state, flight);
    ctx.ref(Airport, flight.to).tell("arrive", { minute: flight.minute, delay: flight.delay });
  })
  .on("arrive", { input: Arrival }, (state, flight, ctx) => {
    if (ctx.sender === undefined) throw new Error(`${ctx.id} was told an arrival by nobody; only airports send arrivals`);
    arrived(state, ctx.sender, flight);
  })
  .on("read", { output: AirportState }, (state) => state);

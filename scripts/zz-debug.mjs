import { simulate } from "../packages/testkit/dist/simulate.js";
import { Ledger } from "../packages/testkit/dist/campaign/ledger.actor.js";
import { live } from "../packages/testkit/dist/campaign/life.js";
import { regimes } from "../packages/testkit/dist/campaign/regimes.js";
const [seed,min,max,acts=40]=process.argv.slice(2).map(Number);
const regime=regimes[seed%regimes.length];
const nodes=min+(Math.floor(seed/regimes.length)%(max-min+1));
let sim;
try { await simulate({seed,nodes,threads:2,faults:regime.faults,actors:[Ledger],hub:regime.hub}, async s=>{sim=s; globalThis.SIM=s; return live(s,regime,acts)}); console.log("fine"); } catch(e){ console.log(e.message.split("\n").slice(0,9).join("\n")); }
const ev=sim.history.events; const open=new Map();
const k=m=>`${m.from} > ${m.to} ${m.name} ${JSON.stringify(m.input)}`;
for(const e of ev){ if(e.kind==="made"){open.set(k(e.message),[...(open.get(k(e.message))??[]),e.atMs-1e6]);} if(e.kind==="handling"){const l=open.get(k(e.message)); l?.shift(); if(l&&!l.length)open.delete(k(e.message));}}
console.log("NOT HANDLED"); for(const [m,t] of open) console.log(t.map(x=>x.toFixed(2)).join(),m);
console.log("DEAD/FAULTS"); for(const e of ev){ if(e.kind==="fault"||(e.kind==="event"&&["deadLetter","threadExited","conflict","linkBroken","childRestarted"].includes(e.name))) console.log((e.atMs-1e6).toFixed(2), e.node??"", e.name??e.what, JSON.stringify(e.detail)?.slice(0,260)); }
for (const {hub,name,state} of sim.nodes){ const s=hub.stats(); console.log(name,state,JSON.stringify(s.messages),JSON.stringify(s.threads.map(t=>[t.thread,t.queued])));}
const id=process.env.ID; if(id){ console.log("=== STORY",id); for(const e of ev){ const t=(e.atMs-1e6).toFixed(2); if(e.kind==="handling"&&e.message.to===id) console.log(t,"H",e.epoch,e.place,JSON.stringify(e.message.input)); else if(e.kind==="event"&&JSON.stringify(e.detail)?.includes(`"${id}"`)&&e.name!=="deadLetter") console.log(t,e.node,e.name,JSON.stringify(e.detail).slice(0,200)); else if(e.kind==="fault"||e.name==="memberLeft") console.log(t,e.node??"",e.what??e.name,JSON.stringify(e.detail)); } for(const c of sim.cells()) if(c.cell.id===id) console.log("CELL",c.place,c.cell.epoch,c.cell.phase); }

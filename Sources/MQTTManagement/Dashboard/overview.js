// The broker at a glance.

import { get } from "/api.js";
import { Chart } from "/chart.js";
import { bytes, duration, element, failure, number, short, table } from "/page.js";

const seconds = 2;

function card(name) {
  const value = element("dd", {}, "–");
  return { value, element: element("div", {}, element("dt", {}, name), value) };
}

export function overview(main, signal) {
  const names = [
    "Connected", "Sessions", "Subscriptions", "Received /s", "Sent /s", "Queued", "In flight", "Retained",
    "Dropped", "Processor", "Memory", "Up since",
  ];
  const cards = Object.fromEntries(names.map((name) => [name, card(name)]));
  const rate = (value) => `${short(value)}/s`;
  const messages = new Chart("Messages", ["received", "sent"], rate);
  const traffic = new Chart("Traffic", ["received", "sent"], (value) => `${bytes(value)}/s`);
  const delay = new Chart("Delay of the event loop", ["now"], duration);
  const commits = new Chart("Time until a message is safe on disk", ["mean"], duration);
  const drops = element("section", { class: "panel" });
  const slow = element("section", { class: "panel" });
  const noisy = element("section", { class: "panel" });
  const expiring = element("section", { class: "panel" });
  main.append(
    element("h2", {}, "Overview"),
    element("dl", { class: "cards" }, names.map((name) => cards[name].element)),
    element("div", { class: "panels charts" }, messages.element, traffic.element, delay.element, commits.element),
    element("div", { class: "panels" }, drops, slow, noisy, expiring));

  let before;
  async function look() {
    const now = await get("/overview", {}, signal);
    now.at = performance.now() / 1000;
    const set = (name, text) => { cards[name].value.textContent = text; };
    set("Connected", number(now.connected));
    set("Sessions", number(now.sessions));
    set("Subscriptions", number(now.subscriptions));
    set("Queued", number(now.queuedMessages));
    set("In flight", number(now.inFlightMessages));
    set("Retained", number(now.retainedMessages));
    set("Dropped", number(now.dropped.reduce((sum, drop) => sum + drop.count, 0)));
    set("Memory", now.residentBytes === undefined ? "–" : bytes(now.residentBytes));
    set("Up since", duration(now.uptimeSeconds));
    if (before) {
      const elapsed = now.at - before.at;
      const per = (field) => Math.max(0, (now[field] - before[field]) / elapsed);
      set("Received /s", short(per("publishesReceived")));
      set("Sent /s", short(per("publishesSent")));
      set("Processor", `${(per("cpuSeconds") * 100).toFixed(1)} %`);
      messages.add([per("publishesReceived"), per("publishesSent")]);
      traffic.add([per("bytesReceived"), per("bytesSent")]);
      delay.add([now.eventLoopDelaySeconds]);
      const stored = now.storeCommits - before.storeCommits;
      commits.add([stored > 0 ? (now.storeCommitSeconds - before.storeCommitSeconds) / stored : 0]);
    }
    const rows = now.dropped.filter((drop) => drop.count > 0).map((drop) => {
      const last = before?.dropped.find((other) => other.reason === drop.reason)?.count ?? drop.count;
      return { ...drop, rate: before ? (drop.count - last) / (now.at - before.at) : 0 };
    });
    drops.replaceChildren(element("h2", {}, "Drops, and why"), table("Since the start", [
      { title: "Reason", cell: (drop) => drop.reason },
      { title: "Messages", number: true, cell: (drop) => number(drop.count) },
      { title: "Now", number: true, cell: (drop) => rate(drop.rate) },
    ], rows, "No message was dropped."));
    before = now;
  }

  const client = (session) => element("a", { href: `#/client/${encodeURIComponent(session.client)}` }, session.client);
  async function rank() {
    const [queued, loud, certificates] = await Promise.all([
      get("/ranking", { by: "queuedMessages", limit: 5 }, signal),
      get("/ranking", { by: "bytesReceived", limit: 5 }, signal),
      get("/certificates", {}, signal),
    ]);
    slow.replaceChildren(element("h2", {}, "Slow clients"), table("By messages that wait", [
      { title: "Client", cell: client },
      { title: "Queued", number: true, cell: (session) => number(session.queuedMessages) },
    ], queued.items, "Nobody lets messages wait."));
    noisy.replaceChildren(element("h2", {}, "Noisy clients"), table("By bytes on this connection", [
      { title: "Client", cell: client },
      { title: "Bytes", number: true, cell: (session) => bytes(session.bytesReceived) },
    ], loud.items, "Nobody says anything."));
    expiring.replaceChildren(element("h2", {}, "Certificates"), table("Of listeners", [
      { title: "Subject", cell: (certificate) => certificate.subject },
      { title: "Days left", number: true, cell: (certificate) =>
        element("span", { class: certificate.daysLeft < 30 ? "error" : "" }, number(certificate.daysLeft)) },
    ], certificates.items, "No listener has TLS."));
  }

  let turn = 0;
  async function go() {
    try {
      await look();
      if (turn++ % 5 === 0) await rank();
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.status === 401) throw error;
      if (error.status !== 0) { main.replaceChildren(failure(error)); return; }
    }
    if (!signal.aborted) setTimeout(go, seconds * 1000);
  }
  return go();
}

// What the broker runs with, who may use it, and what happens right now.

import { call, follow, get } from "/api.js";
import { action, announce, duration, element, failure, number, table } from "/page.js";

/// A section of its own: what goes wrong there leaves the others alone.
function section(main, title, fill) {
  const place = element("section", { class: "panel" }, element("h2", {}, title));
  main.append(place);
  return fill(place).catch((error) => { if (error.name !== "AbortError") place.append(failure(error)); });
}

export async function security(main, signal) {
  main.append(element("h2", {}, "Security"));
  const panels = element("div", { class: "panels" });
  main.append(panels);
  await Promise.all([
    section(panels, "Users", async (place) => {
      const users = (await get("/users", {}, signal)).items;
      place.append(table(`${users.length} users`, [{ title: "Name", cell: (user) => user.name }], users, "There is no user."));
    }),
    section(panels, "Who may do what?", async (place) => {
      const answer = element("p", { role: "status" });
      const input = (name, title, attributes = {}) => element("label", {}, title, element("input", { type: "text", name, ...attributes }));
      place.append(element("form", { class: "row", onsubmit: async (event) => {
        event.preventDefault();
        const given = Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value !== ""));
        try {
          const found = await (await call("POST", "/access-rules/explain", { body: given })).json();
          answer.textContent = `${found.allowed ? "Yes" : "No"}: ${found.because}`;
        } catch (error) { answer.textContent = error.message; }
      } },
        input("user", "User"), input("client", "Client identifier"),
        element("label", {}, "May", element("select", { name: "operation" }, element("option", {}, "publish"), element("option", {}, "subscribe"))),
        input("topic", "Topic", { required: true }), element("button", { class: "main" }, "Ask")), answer);
    }),
    section(panels, "Bans", (place) => bans(place, signal)),
    section(panels, "Rules", async (place) => {
      const rules = await get("/access-rules", {}, signal);
      place.append(element("p", { class: "faint" }, rules.file ?? ""), element("pre", { tabindex: "0" }, rules.text || "There is no rule."));
    }),
  ]);
}

/// Who may not come in, with a way to let them in again.
async function bans(place, signal) {
  const list = element("div");
  async function show() {
    const found = (await get("/bans", {}, signal)).items;
    list.replaceChildren(table(`${found.length} bans`, [
      { title: "Kind", cell: (ban) => ban.kind },
      { title: "Who", cell: (ban) => ban.subject },
      { title: "Ends in", whole: true, cell: (ban) => ban.seconds === undefined ? "never" : duration(ban.seconds) },
      { title: "Why", cell: (ban) => ban.reason },
      { title: "", cell: (ban) => action("Lift", `Let ${ban.subject} in again?`, async () => {
        await call("DELETE", `/bans/${ban.kind}/${encodeURIComponent(ban.subject)}`);
        announce(`${ban.subject} may come in again.`);
        await show();
      }) },
    ], found, "Nobody is banned."));
  }
  place.append(list);
  await show();
}

export async function server(main, signal) {
  main.append(element("h2", {}, "Server"));
  const panels = element("div", { class: "panels" });
  main.append(panels);
  await Promise.all([
    section(panels, "Listeners", async (place) => {
      const found = (await get("/listeners", {}, signal)).items;
      place.append(table(`${found.length} listeners`, [
        { title: "URL", cell: (listener) => listener.url },
        { title: "TLS", cell: (listener) => listener.secure ? "yes" : "no" },
      ], found, "The broker listens nowhere."));
    }),
    section(panels, "Certificates", async (place) => {
      const found = (await get("/certificates", {}, signal)).items;
      place.append(table("Of listeners", [
        { title: "Subject", cell: (certificate) => certificate.subject },
        { title: "File", cell: (certificate) => certificate.file },
        { title: "Days left", number: true, cell: (certificate) => element("span", { class: certificate.daysLeft < 30 ? "error" : "" }, number(certificate.daysLeft)) },
      ], found, "No listener has TLS."));
    }),
    section(panels, "Log levels", async (place) => {
      const found = (await get("/log-levels", {}, signal)).items;
      const levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"];
      place.append(table("By area", [
        { title: "Area", cell: (entry) => entry.area },
        { title: "Level", cell: (entry) => element("select", { "aria-label": `Level of ${entry.area}`, value: entry.level, onchange: async (event) => {
          try {
            await call("PUT", "/log-levels", { body: { area: entry.area, level: event.target.value } });
            announce(`${entry.area} is logged from ${event.target.value} on.`);
          } catch (error) { announce(error.message); event.target.value = entry.level; }
        } }, levels.map((level) => element("option", { selected: level === entry.level }, level))) },
      ], found));
    }),
    section(panels, "Pending changes", async (place) => {
      const found = await get("/configuration/pending", {}, signal);
      place.append(
        ...found.problems.map((problem) => element("p", { class: "error" }, problem)),
        table("What the configuration says otherwise", [
          { title: "Setting", cell: (change) => change.path },
          { title: "Runs with", cell: (change) => change.running },
          { title: "Wanted", cell: (change) => change.wanted },
          { title: "Restart", cell: (change) => change.needsRestart ? "needed" : "no" },
        ], found.changes, "The broker runs with what is configured."),
        action("Reload", "Read the configuration again, and take what needs no restart?", async () => {
          const outcome = await (await call("POST", "/configuration/reload")).json();
          announce(`${outcome.changes.length} changes.`);
          // Listeners, certificates and settings may be others now.
          dispatchEvent(new Event("hashchange"));
        }, "main"));
    }),
  ]);
  await section(main, "Configuration", async (place) => {
    const found = (await get("/configuration", {}, signal)).items;
    place.append(table(`${found.length} settings`, [
      { title: "Setting", cell: (setting) => setting.path },
      { title: "Value", cell: (setting) => setting.value },
      { title: "", cell: (setting) => setting.isDefault ? "default" : "changed" },
    ], found));
  });
}

export async function trace(main, signal) {
  const rows = element("tbody");
  const state = element("p", { role: "status" }, "Nothing is followed.");
  let running;
  const input = (name, title) => element("label", {}, title, element("input", { type: "text", name, autocomplete: "off" }));
  signal.addEventListener("abort", () => running?.abort());
  main.append(
    element("h2", {}, "Trace"),
    element("form", { class: "row", onsubmit: async (event) => {
      event.preventDefault();
      running?.abort();
      running = new AbortController();
      const query = Object.fromEntries(new FormData(event.target));
      state.textContent = "Asking.";
      try {
        await follow("/trace", query, running.signal, () => {
          state.textContent = "Following: events stand here as they come.";
        }, (line) => {
          const { event, ...rest } = line;
          rows.prepend(element("tr", {},
            element("td", {}, new Date().toLocaleTimeString()), element("td", {}, event),
            element("td", {}, Object.entries(rest).map(([name, value]) => `${name}: ${value}`).join(", "))));
          while (rows.children.length > 500) rows.lastChild.remove();
        });
        state.textContent = "The broker has ended it.";
      } catch (error) {
        if (error.name !== "AbortError") state.textContent = error.message;
      }
    } }, input("client", "Client identifier"), input("address", "Address"), input("filter", "Messages to (topic filter)"),
    element("button", { class: "main" }, "Follow"),
    element("button", { type: "button", onclick: () => { running?.abort(); state.textContent = "Stopped."; } }, "Stop")),
    state,
    element("div", { class: "scroll log", tabindex: "0", role: "region", "aria-label": "Events" },
      element("table", {}, element("caption", {}, "The newest first"),
        element("thead", {}, element("tr", {}, ["Time", "Event", "What"].map((title) => element("th", { scope: "col" }, title)))), rows)));
}

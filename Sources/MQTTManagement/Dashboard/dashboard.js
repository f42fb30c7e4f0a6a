// Shows the page that the address names, and asks for the token before the first one.

import { get, token } from "/api.js";
import { client, clients, subscriptions } from "/clients.js";
import { consolePage } from "/console.js";
import { overview } from "/overview.js";
import { element, failure } from "/page.js";
import { security, server, trace } from "/server.js";
import { topics } from "/topics.js";

const pages = { "": overview, clients, client, subscriptions, topics, console: consolePage, security, server, trace };
const main = document.getElementById("main");
const health = document.getElementById("health");
const leave = document.getElementById("leave");
let shown;

async function show() {
  shown?.abort();
  shown = new AbortController();
  const { signal } = shown;
  const [, name = "", argument] = /^#\/([^/]*)(?:\/(.*))?$/.exec(location.hash) ?? [];
  for (const link of document.querySelectorAll("nav a")) {
    const isHere = link.getAttribute("href") === `#/${name === "client" ? "clients" : name}`;
    if (isHere) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
  main.replaceChildren();
  leave.hidden = !token.get();
  if (!token.get()) return askForToken();
  const page = pages[name];
  document.title = `Martlet: ${name || "overview"}`;
  try {
    if (!page) throw new Error("There is no such page.");
    const place = element("div");
    main.append(place);
    await page(place, signal, argument && decodeURIComponent(argument));
  } catch (error) {
    if (error.name === "AbortError") return;
    if (error.status === 401) { token.forget(); return askForToken("The token is not known to this broker."); }
    main.replaceChildren(element("h2", {}, "This did not work"), failure(error));
  }
}

function askForToken(complaint) {
  leave.hidden = true;
  main.replaceChildren(element("section", { class: "panel" },
    element("h2", {}, "Who are you?"),
    complaint && element("p", { class: "error", role: "alert" }, complaint),
    element("form", { class: "row", onsubmit: (event) => {
      event.preventDefault();
      token.set(new FormData(event.target).get("token").trim());
      show();
    } },
      element("label", { class: "wide" }, "Token", element("input", { type: "password", name: "token", required: true, autocomplete: "current-password" })),
      element("button", { class: "main" }, "Go on")),
    element("p", { class: "faint" }, "On the broker's machine, martlet ctl token create NAME --role operate makes one. It is kept for this tab only.")));
}

async function watchHealth() {
  try {
    const answer = await fetch("/health/ready");
    health.textContent = answer.ok ? "ready" : "not ready";
    health.className = `health ${answer.ok ? "good" : "bad"}`;
    const version = document.getElementById("version");
    if (version.textContent === "" && token.get()) version.textContent = (await get("/version")).version;
  } catch {
    health.textContent = "cannot be reached";
    health.className = "health bad";
  }
  setTimeout(watchHealth, 5000);
}

leave.addEventListener("click", () => { token.forget(); show(); });
addEventListener("hashchange", () => show().then(() => main.focus({ preventScroll: true })));
show();
watchHealth();

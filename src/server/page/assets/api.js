// Requests to the service. A token is asked for when the service asks for one, and kept in memory alone.

let token = "";
let asking = null;
let askForToken = async () => "";

/** How a token is asked for: a function that promises one, or nothing where nobody gives one. */
export function tokensComeFrom(ask) {
  askForToken = ask;
}

/** An answer that says what went wrong. */
export class Problem extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

export const OFFLINE = "offline";

/** Asks the service; throws a Problem. Asks for a token and tries again where one is missing. */
export async function ask(path, { method = "GET", json, body, type, keepalive = false } = {}) {
  for (;;) {
    const shown = token;
    const headers = {};
    if (shown) headers.authorization = `Bearer ${shown}`;
    if (json !== undefined) headers["content-type"] = "application/json";
    if (type) headers["content-type"] = type;
    let response;
    try {
      response = await fetch(path, { method, headers, body: json === undefined ? body : JSON.stringify(json), keepalive, cache: "no-store", credentials: "omit", redirect: "error" });
    } catch {
      throw new Problem(0, OFFLINE, "The service does not answer.");
    }
    if (response.ok) return response;
    const told = await response.json().catch(() => ({}));
    const problem = new Problem(response.status, told.code ?? "unknown", told.detail ?? `The service answered with status ${response.status}.`);
    if (response.status !== 401 || keepalive) throw problem;
    if (token === shown) await renewed(shown !== "", problem);
  }
}

async function renewed(wasWrong, problem) {
  asking ??= askForToken(wasWrong).finally(() => { asking = null; });
  const given = await asking;
  if (!given) throw problem;
  token = given;
}

/** The subprotocols of a WebSocket, which cannot send a token otherwise. */
export function protocols() {
  if (!token) return ["chartgap.live.1"];
  const bytes = String.fromCharCode(...new TextEncoder().encode(token));
  const name = btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return ["chartgap.live.1", `chartgap.token.${name}`];
}

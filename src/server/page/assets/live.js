// A session on the note that is being written: over a WebSocket, or by requests where there can be none.

import { OFFLINE, Problem, ask, protocols } from "./api.js";
import { taken } from "./change.js";
import { wellFormed } from "./text.js";

/** Edits that are sent together; with more, the text goes as a whole. */
const MOST_EDITS = 200;
/** How long the first answer to a WebSocket may take, in milliseconds. */
const PATIENCE = 5000;
const FATAL = ["too-large", "too-long-words", "malformed"];

class Socket {
  #socket;
  #waiting = [];

  static connect() {
    return new Promise((done, failed) => {
      const address = new URL("/v1/live", location.href);
      address.protocol = address.protocol === "http:" ? "ws:" : "wss:";
      const socket = new WebSocket(address, protocols());
      const timer = setTimeout(() => socket.close(), PATIENCE);
      socket.addEventListener("open", () => { clearTimeout(timer); done(new Socket(socket)); });
      socket.addEventListener("close", () => { clearTimeout(timer); failed(new Problem(0, OFFLINE, "no WebSocket")); });
    });
  }

  constructor(socket) {
    this.#socket = socket;
    socket.addEventListener("message", (event) => this.#waiting.shift()?.done(JSON.parse(event.data)));
    socket.addEventListener("close", () => {
      for (const { failed } of this.#waiting.splice(0)) failed(new Problem(0, OFFLINE, "the WebSocket closed"));
    });
  }

  get closed() {
    return this.#socket.readyState !== WebSocket.OPEN;
  }

  async send(message) {
    if (this.closed) throw new Problem(0, OFFLINE, "the WebSocket closed");
    const answer = await new Promise((done, failed) => {
      this.#waiting.push({ done, failed });
      this.#socket.send(JSON.stringify(message));
    });
    if (answer.type === "error") throw new Problem(422, answer.code, answer.message);
    return answer;
  }

  close() {
    this.#socket.close();
  }
}

class Requests {
  closed = false;
  #place = "";

  async send({ type, ...message }) {
    if (type === "open") {
      this.close();
      const opened = await (await ask("/v1/sessions", { method: "POST", json: message })).json();
      this.#place = `/v1/sessions/${encodeURIComponent(opened.session)}`;
      return opened.change;
    }
    return (await ask(`${this.#place}/edits`, { method: "POST", json: message })).json();
  }

  close() {
    if (this.#place) ask(this.#place, { method: "DELETE", keepalive: true }).catch(() => {});
    this.#place = "";
  }
}

/**
 * The session. `text` gives the text as it is. `told` is called with the state, and with whether elements and whether
 * mentions changed beside their places; `stands` with how the session stands.
 */
export class Live {
  #channel = null;
  #state = null;
  #sent = [];
  #waiting = [];
  #fresh = false;
  #anew = false;
  #busy = false;
  #halted = false;
  #context = {};
  #delay = 0;
  #timer = 0;
  #text;
  #told;
  #stands;

  constructor({ text, told, stands }) {
    this.#text = text;
    this.#told = told;
    this.#stands = stands;
    addEventListener("pagehide", () => this.#channel?.close());
    addEventListener("online", () => this.#soon(0));
  }

  /** Edits that the state does not know of yet, in order. */
  get ahead() {
    return [...this.#sent, ...this.#waiting];
  }

  /** Begins anew with the text as it is. */
  open(context = this.#context) {
    this.#context = context;
    this.#anew = true;
    this.#halted = false;
    this.#waiting = [];
    this.#pump();
  }

  /** The text was edited. */
  edit({ start, end, text }) {
    const last = this.#waiting.at(-1);
    if (last && start === end && start === last.start + last.text.length) {
      last.text += text;
      last.inserted = last.text.length;
    } else {
      this.#waiting.push({ start, end, text, inserted: text.length });
    }
    if (this.#waiting.length > MOST_EDITS) this.#anew = true;
    if (this.#halted) this.open();
    else this.#pump();
  }

  async #pump() {
    if (this.#busy || this.#halted || (this.#fresh && !this.#anew && this.#waiting.length === 0)) return;
    this.#busy = true;
    clearTimeout(this.#timer);
    try {
      await this.#exchange();
      this.#delay = 0;
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#busy = false;
    }
    if (!this.#halted && !this.#delay) this.#pump();
  }

  async #exchange() {
    if (!this.#channel || this.#channel.closed) {
      this.#fresh = false;
      this.#channel = await connected();
    }
    const opens = this.#anew || !this.#fresh;
    this.#anew = false;
    this.#stands("checking");
    let message;
    if (opens) {
      // The text holds all edits so far; the state that is shown until the answer comes is moved by them.
      message = { type: "open", encoding: "utf-16", text: wellFormed(this.#text()), ...this.#context };
    } else {
      const edits = this.#waiting.map(({ start, end, text }) => ({ start, end, text: wellFormed(text) }));
      message = { type: "edit", revision: this.#state.revision, edits };
    }
    this.#sent.push(...this.#waiting.splice(0));
    const change = await this.#channel.send(message);
    this.#state = taken(opens ? null : this.#state, change);
    this.#fresh = true;
    this.#sent = [];
    // Opened anew in the meantime: what was answered is about a text that is gone.
    if (this.#anew) return;
    this.#stands(this.#waiting.length ? "checking" : "live");
    this.#told(this.#state, opens || change.elements.length > 0, opens || change.mentions.added.length + change.mentions.removed.length > 0);
  }

  #failed(error) {
    this.#fresh = false;
    if (error instanceof Problem && (FATAL.includes(error.code) || error.status === 401)) {
      this.#halted = true;
      this.#stands(error.status === 401 ? "locked" : "refused", error.message);
      return;
    }
    // At once where the session alone was lost, then more and more rarely.
    const lost = this.#delay === 0 && this.#state !== null;
    this.#delay = lost ? 50 : Math.min(Math.max(this.#delay * 2, 1000), 15000);
    if (!lost) this.#stands("offline", error.code === OFFLINE ? "" : error.message);
    this.#soon(this.#delay);
  }

  #soon(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#pump(), delay);
  }
}

/** A WebSocket, or requests where a proxy lets none through. Asks for a token where one is missing. */
async function connected() {
  for (let tries = 0; tries < 2; tries++) {
    try {
      return await Socket.connect();
    } catch {
      await ask("/v1/version");
    }
  }
  return new Requests();
}

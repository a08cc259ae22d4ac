// Notes out of files: text is read here, other formats by the service, which keeps nothing of them.

import { ask } from "./api.js";

const TEXT = /\.(txt|text|md|note)$/i;

/** The text of a file with its name, or a Problem. */
export async function noteOf(file) {
  const bytes = await file.arrayBuffer();
  if (TEXT.test(file.name) || file.type === "text/plain") return { name: file.name, text: decoded(bytes) };
  const answer = await ask("/v1/extract", { method: "POST", body: bytes, type: "application/octet-stream" });
  return { name: file.name, ...(await answer.json()) };
}

function decoded(bytes) {
  const view = new Uint8Array(bytes);
  const label = view[0] === 0xff && view[1] === 0xfe ? "utf-16le" : view[0] === 0xfe && view[1] === 0xff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** Lets a node take files that are dropped on it. */
export function takesFiles(node, take) {
  const has = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  node.addEventListener("dragover", (event) => { if (has(event)) { event.preventDefault(); node.classList.add("over"); } });
  node.addEventListener("dragleave", () => node.classList.remove("over"));
  node.addEventListener("drop", (event) => {
    if (!has(event)) return;
    event.preventDefault();
    node.classList.remove("over");
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });
}

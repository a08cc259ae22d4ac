// Notes that the tests write, paste and review.

export const GAPS = `HPI:
Low back pain for 8 months, worse with extension. Denies trauma. No numbness.
Naproxen and 6 weeks of physical therapy without relief.

IMAGING:
MRI lumbar spine: moderate facet arthropathy at L4-5.

ASSESSMENT:
Lumbar facet syndrome.
`;

/** Every trick that a note could try on a page. */
export const HOSTILE = `HPI:
<script>globalThis.hacked = "script"</script><img src=x onerror="globalThis.hacked='img'"> low back pain for 8 months
"><svg onload=globalThis.hacked=1> <iframe srcdoc="<script>parent.hacked=1</script>"></iframe> <style>*{display:none}</style>
</textarea></div><a href="javascript:globalThis.hacked=2">click</a> \${globalThis.hacked=3} {{constructor.constructor('hacked=4')()}}
<math><mtext></form><form><mglyph><style></math><img src onerror=hacked=5> &lt;b&gt; &#x3C;script&#x3E; %3Cscript%3E
Denies <b>trauma</b>\u202e. \u0007\u0000 zero\u200bwidth \ufeff 👩‍⚕️ 🦴 é

IMAGING:
MRI lumbar spine: <img src=x onerror=hacked=6> moderate facet arthropathy at L4-5.

ASSESSMENT:
Lumbar facet syndrome <script>hacked=7</script>
`;

/** A note of about that many characters, of many short visits. */
export function long(characters) {
  let text = "";
  for (let visit = 1; text.length < characters; visit++) {
    text += `VISIT ${visit}:\nLow back pain for ${(visit % 11) + 2} months, worse with extension. Tried naproxen and ${(visit % 6) + 3} weeks of PT without relief. No leg pain, denies numbness. Cannot sit longer than ${(visit % 4) * 10 + 10} minutes.\nMRI lumbar spine: moderate facet arthropathy at L4-5, no stenosis. Strength 5/5 in both legs.\nImpression: lumbar facet syndrome. Continue home exercises, follow up in ${(visit % 8) + 2} weeks.\n\n`;
  }
  return text.slice(0, characters);
}

export const RTF = String.raw`{\rtf1\ansi HPI:\par Low back pain for 8 months.\par ASSESSMENT:\par Lumbar facet syndrome.\par }`;

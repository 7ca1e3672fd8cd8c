/** Colours of the timeline, in light and dark. In the picture itself, so that it may also stand alone. */
export const TIMELINE_STYLE = `
.rt{--ink:#1c2330;--soft:#667085;--line:#e3e7ee;--ground:#fff;--phase:#98a2b3;--proven:#1a7f4b;--observed:#5aa9e6;--stated:#c9a227;--running:#2f6feb;--waits:#d6409f;--failed:#d92d20;--skipped:#b8a06a;--undone:#c4cad4;--undoing:#8250df;--down:#d92d20;
font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;width:100%;height:auto;display:block}
@media (prefers-color-scheme:dark){.rt{--ink:#e6e9ef;--soft:#98a2b3;--line:#2b3340;--ground:#12161d;--phase:#667085;--proven:#3fb37f;--observed:#4c8fc7;--stated:#d9b84a;--running:#6ea0ff;--waits:#f06ac0;--failed:#ff6b5e;--skipped:#a18a52;--undone:#475163;--undoing:#a98bf0;--down:#ff6b5e}}
@media print{.rt{--ink:#000;--soft:#444;--line:#ddd;--ground:#fff;--phase:#98a2b3;--proven:#1a7f4b;--observed:#5aa9e6;--stated:#c9a227;--running:#2f6feb;--waits:#d6409f;--failed:#d92d20;--skipped:#b8a06a;--undone:#c4cad4;--undoing:#8250df;print-color-adjust:exact;-webkit-print-color-adjust:exact}}
.rt text{fill:var(--ink)}
.rt-step text{fill:var(--soft);font-size:11.5px}
.rt-phase text{font-weight:600}
.rt .rt-time{text-anchor:end;font-weight:400;font-variant-numeric:tabular-nums;fill:var(--soft);font-size:11px}
.rt-clock,.rt-cut text{text-anchor:middle;font-size:11px}
.rt .rt-clock,.rt .rt-cut text,.rt .rt-legend text{fill:var(--soft)}
.rt-legend text{font-size:11px}
.rt-tick{stroke:var(--line);stroke-width:1}
.rt-cut rect{fill:var(--line);opacity:.45}
.rt-cut path{stroke:var(--soft);stroke-width:1.2;fill:none}
.rt-down rect{fill:var(--down);opacity:.13}
.rt .rt-down text{fill:var(--down);font-size:11px;font-weight:600}
.rt-fail{fill:var(--failed)}
.rt-is-phase{fill:var(--phase)}.rt-is-proven{fill:var(--proven)}.rt-is-observed{fill:var(--observed)}.rt-is-stated{fill:var(--stated)}
.rt-is-running{fill:var(--running)}.rt-is-failed{fill:var(--failed)}.rt-is-skipped{fill:var(--skipped)}.rt-is-undone{fill:var(--undone)}
.rt-is-undoing{fill:var(--undoing)}.rt-is-waits{fill:url(#rt-hatch);stroke:var(--waits);stroke-width:1}
.rt-hatch-line{fill:var(--waits)}.rt-hatch-ground{fill:var(--ground)}
.rt-open{opacity:.75;stroke:var(--running);stroke-width:1;stroke-dasharray:3 2}
`.trim()

/** How a report looks: on a screen in light and dark, and on paper. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;--ink:#1c2330;--soft:#5d6779;--line:#e3e7ee;--fixture:#fff;--shade:#f6f8fb;--good:#1a7f4b;--bad:#c4261b;--open:#a3287c;--undone:#6b3fc0;--observed:#2b6cb0;--stated:#8a6a00}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#98a2b3;--line:#2b3340;--fixture:#12161d;--shade:#1a2029;--good:#3fb37f;--bad:#ff6b5e;--open:#f06ac0;--undone:#a98bf0;--observed:#6db1ee;--stated:#d9b84a}}
*{box-sizing:border-box}
body{margin:0;background:var(--fixture);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1120px;margin:0 auto;padding:40px 24px 64px}
h1{font-size:26px;line-height:1.25;margin:0 0 12px;letter-spacing:-.01em}
h2{font-size:18px;margin:40px 0 12px;padding-bottom:6px;border-bottom:1px solid var(--line)}
h3{font-size:15px;margin:22px 0 6px}
h3 small{color:var(--soft);font-weight:400;margin-left:6px}
.happened{font-size:16px;max-width:78ch;margin:0 0 20px;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:12px 28px;margin:0;padding:16px 20px;background:var(--shade);border-radius:8px}
dt{color:var(--soft);font-size:12px}
dd{margin:0;overflow-wrap:anywhere}
figure{margin:0;overflow-x:auto}
figure svg{min-width:820px}
table{width:100%;border-collapse:collapse;font-size:13.5px}
th{text-align:left;font-weight:600;font-size:12px;color:var(--soft);padding:6px 12px 6px 0;border-bottom:1px solid var(--line)}
td{vertical-align:top;padding:7px 12px 7px 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
.steps td:first-child,.steps th:first-child{width:19%}.steps td:nth-child(2),.steps th:nth-child(2){width:92px}
.steps td:nth-child(4),.steps th:nth-child(4){width:90px}
td.took,.steps th:last-child{width:84px;text-align:right;padding-right:0;white-space:nowrap;font-variant-numeric:tabular-nums}
.sources th:first-child{width:92px}.sources th:nth-child(3){width:106px}.sources th:nth-child(4){width:25%}
.source b{display:block;font-size:15px}
.step+.step,td div+div{margin-top:7px}
.said{color:var(--soft)}
.when{white-space:nowrap}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:12.5px}
pre{margin:0;padding:12px 16px;background:var(--shade);border-radius:8px;white-space:pre-wrap;overflow-wrap:anywhere}
.badge{display:inline-block;font-size:11.5px;line-height:1.5;font-weight:600;padding:0 7px;border-radius:9px;border:1px solid currentColor;color:var(--soft);white-space:nowrap}
h1 .badge{font-size:14px;padding:2px 11px;border-radius:14px;vertical-align:4px;letter-spacing:0}
.mood-good,.is-proven,.is-done{color:var(--good)}.mood-bad,.is-failed{color:var(--bad)}.mood-open,.is-running,.is-looking,.is-verifying{color:var(--open)}
.mood-undone,.is-undone{color:var(--undone)}.is-observed{color:var(--observed)}.is-stated,.is-skipped,.is-not-proven{color:var(--stated)}
.waiting{border-left:4px solid var(--open);padding-left:16px;margin-top:28px}.waiting h2{border:0;margin:0;padding:0}.waiting p{margin:4px 0 10px}
.ignored{color:var(--bad)}
ul{margin:0;padding-left:20px}li{margin:5px 0;overflow-wrap:anywhere}
summary{cursor:pointer;font-weight:600;font-size:15px;margin:36px 0 12px}
.log pre{font-size:11.5px}
footer{margin-top:40px;color:var(--soft);font-size:12.5px}
@media print{:root{--ink:#000;--soft:#444;--line:#ccc;--fixture:#fff;--shade:#fff;--good:#12683b;--bad:#b42318;--open:#8d1f6b;--undone:#5b34a8;--observed:#235a94;--stated:#6f5600}
@page{margin:14mm}body{font-size:11px}main{padding:0;max-width:none}h1{font-size:20px}h2{margin-top:22px;font-size:14px}table{font-size:10px}dl,pre{border:1px solid var(--line)}
.happened{font-size:12px}code,pre{font-size:9.5px}h2,h3{break-after:avoid}tr,.step,li,figure{break-inside:avoid}figure svg{min-width:0}.log{display:none}}
`.trim()

/** Colours of the timeline, in light and dark. In the picture itself, so that it may also stand alone. */
export const TIMELINE_STYLE = `
.rt{--ink:#1c2330;--soft:#667085;--line:#e3e7ee;--fixture:#fff;--phase:#98a2b3;--proven:#1a7f4b;--observed:#5aa9e6;--stated:#c9a227;--running:#2f6feb;--waits:#d6409f;--failed:#d92d20;--skipped:#b8a06a;--undone:#c4cad4;--undoing:#8250df;--down:#d92d20;
font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;width:100%;height:auto;display:block}
@media (prefers-color-scheme:dark){.rt{--ink:#e6e9ef;--soft:#98a2b3;--line:#2b3340;--fixture:#12161d;--phase:#667085;--proven:#3fb37f;--observed:#4c8fc7;--stated:#d9b84a;--running:#6ea0ff;--waits:#f06ac0;--failed:#ff6b5e;--skipped:#a18a52;--undone:#475163;--undoing:#a98bf0;--down:#ff6b5e}}
@media print{.rt{--ink:#000;--soft:#444;--line:#ddd;--fixture:#fff;--phase:#98a2b3;--proven:#1a7f4b;--observed:#5aa9e6;--stated:#c9a227;--running:#2f6feb;--waits:#d6409f;--failed:#d92d20;--skipped:#b8a06a;--undone:#c4cad4;--undoing:#8250df;print-color-adjust:exact;-webkit-print-color-adjust:exact}}
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
.rt-hatch-line{fill:var(--waits)}.rt-hatch-back{fill:var(--fixture)}
.rt-open{opacity:.75;stroke:var(--running);stroke-width:1;stroke-dasharray:3 2}
`.trim()

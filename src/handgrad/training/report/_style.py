"""How a page looks: light and dark, wide, narrow and on paper, in colour and in grey."""

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --soft: #57606a; --rule: #d4d9df; --panel: #f5f7f9;
  --one: #0072b2; --two: #c44e00; --quiet: #9aa3ad; --heat: 0 114 178; --good: #1a6b3c; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171b; --ink: #e6e9ed; --soft: #a3adb8; --rule: #373e47;
  --panel: #1e2329; --one: #58b5ea; --two: #f0a03c; --quiet: #66707b; --heat: 40 120 190; --good: #6fcf97;
  --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 70rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; padding-bottom: .25rem; border-bottom: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 1.25rem 0 .4rem; }
p { margin: .4rem 0; max-width: 48rem; }
.note, figcaption, dt, caption { color: var(--soft); }
.note, caption { font-size: .9rem; }
.state { font-weight: 600; }
.state.finished { color: var(--good); }
.state.failed, .state.interrupted, .alarm { color: var(--bad); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 1rem 0; padding: 0; }
.cards div { background: var(--panel); border: 1px solid var(--rule); border-radius: .5rem; padding: .6rem .8rem; }
.cards dt { font-size: .85rem; }
.cards dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr));
  gap: 1rem 2rem; align-items: start; }
.columns > * { min-width: 0; }
dl.facts { margin: 0; } dl.facts div { display: grid; grid-template-columns: 9.5rem 1fr; gap: 0 1rem; padding: .1rem 0; }
dl.facts dd { margin: 0; min-width: 0; }
.wide { overflow-x: auto; margin-top: .5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .95rem; }
caption { text-align: left; padding-bottom: .3rem; }
th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th { font-weight: 600; }
.words { text-align: left; white-space: normal; min-width: 5.5rem; max-width: 40rem; overflow-wrap: break-word; }
td.words { min-width: 10rem; }
th.words { max-width: 12rem; }
.heat td.count { background: rgb(var(--heat) / calc(.7 * var(--part)));
  min-width: 2.6rem; text-align: center; border: 1px solid var(--paper); }
.heat th, .heat td { border-bottom: 0; }
.heat th { max-width: 9rem; white-space: normal; overflow-wrap: break-word; }
.heat th:not(.words), .heat td { text-align: center; }
.heat td.right { font-weight: 700; }
figure { margin: 0; max-width: 38rem; break-inside: avoid; }
figcaption { display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: .9rem; }
figcaption strong { color: var(--ink); }
.keys { display: flex; flex-wrap: wrap; gap: 0 1rem; }
.sample { width: 28px; height: 10px; margin-right: .35rem; }
svg { width: 100%; height: auto; overflow: visible; }
svg text { font-size: 13px; fill: var(--soft); }
.middle { text-anchor: middle; }
.end { text-anchor: end; }
.grid { stroke: var(--rule); }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.line.one { stroke: var(--one); }
.line.two { stroke: var(--two); stroke-dasharray: 7 4; }
.line.quiet { stroke: var(--quiet); stroke-width: 1; }
.dot.one { fill: var(--one); fill-opacity: .65; }
.dot.two { fill: var(--two); }
.dot.quiet { fill: var(--quiet); }
.bar { fill: var(--one); }
.mark { stroke: var(--ink); stroke-dasharray: 2 3; }
.reading { fill: transparent; }
.reading:hover { fill: var(--ink); fill-opacity: .12; }
pre { background: var(--panel); border: 1px solid var(--rule); border-radius: .5rem; padding: .7rem .9rem; overflow-x: auto;
  font: .88rem/1.45 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: normal; }
pre.command { white-space: pre-wrap; overflow-wrap: anywhere; }
details { margin: .6rem 0; }
summary { cursor: pointer; color: var(--soft); }
@media (max-width: 36rem) { svg text { font-size: 17px; } body { padding-top: 1rem; }
  dl.facts div { grid-template-columns: 1fr; padding: .25rem 0; } th, td { padding: .25rem .45rem; } }
@media print { :root { --paper: #fff; --ink: #000; --soft: #444; --rule: #bbb; --panel: #fff; --one: #0072b2; --two: #c44e00;
  --quiet: #999; --heat: 0 114 178; }
  body { font-size: 10pt; max-width: none; padding: 0; } .columns { grid-template-columns: 1fr 1fr; }
  .heat td { print-color-adjust: exact; -webkit-print-color-adjust: exact; } h2 { break-after: avoid; }
  table, pre { break-inside: auto; } tr { break-inside: avoid; } pre { white-space: pre-wrap; } }
"""

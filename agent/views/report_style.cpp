// SPDX-License-Identifier: Apache-2.0
// The looks of the report: light, dark, narrow and on paper. Colours of states stay apart for colour-blind eyes
// (after Okabe and Ito) and in grey: idle < one < several < all in darkness on white.
#include "views/report_html_parts.h"

namespace smtscope::report {

std::string_view style_sheet() {
  return R"css(
:root{color-scheme:light dark;--bg:#f3f5f7;--card:#fff;--ink:#17212b;--dim:#4f5d6b;--line:#d5dce3;--idle:#e6ebf0;
--one:#5aa9dd;--part:#d9a520;--all:#c8441b;--unk:#7d8a97;--good:#12795c;--note:#1f6fae;--bad:#b8380f;--unknown:#5d6975;
--phase:#eef2f6}
@media(prefers-color-scheme:dark){:root{--bg:#10151b;--card:#19212a;--ink:#e7edf3;--dim:#a5b2bf;--line:#33404d;
--idle:#2a3541;--one:#2f74ab;--part:#e0b23a;--all:#f27a45;--unk:#93a1ae;--good:#4cc39c;--note:#6db7ec;--bad:#ff8f5e;
--unknown:#a5b2bf;--phase:#26313c}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;
-webkit-text-size-adjust:100%;overflow-wrap:anywhere}
main,header,footer{max-width:1080px;margin:0 auto;padding:0 20px}
header{padding-top:28px}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 4px}
h2{font-size:1.15rem;line-height:1.3;margin:0 0 12px}
h3{font-size:1rem;margin:0}
p{margin:0 0 8px}
.dim,figcaption,.lead{color:var(--dim)}
.kicker{color:var(--dim);font-size:.85rem;letter-spacing:.04em;text-transform:uppercase;margin:0}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:20px;margin:16px 0}
dl.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(210px,1fr));gap:10px 24px;margin:16px 0 0;font-size:.9rem}
dl.facts dt{color:var(--dim)}dl.facts dd{margin:0}
#verdict{padding:24px 20px}
#verdict .headline{font-size:1.3rem;line-height:1.4;font-weight:600;margin:0;padding:2px 0 2px 16px;border-left:6px solid var(--note)}
#verdict ul{list-style:none;margin:16px 0 0;padding:0}
#verdict li{padding:7px 0 7px 84px;position:relative;border-top:1px solid var(--line)}
.tone{font-size:.78rem;font-weight:600;letter-spacing:.02em}
#verdict li .tone{position:absolute;left:0;top:10px}
.headline .tone{display:block;text-transform:uppercase;letter-spacing:.05em}
.bad .tone{color:var(--bad)}.note .tone{color:var(--note)}.good .tone{color:var(--good)}.unknown .tone{color:var(--unknown)}
#verdict .headline.bad{border-color:var(--bad)}#verdict .headline.good{border-color:var(--good)}#verdict .headline.unknown{border-color:var(--unknown)}
ol.phases{list-style:none;margin:0;padding:0}
ol.phases>li{display:grid;grid-template-columns:150px 1fr;gap:4px 20px;padding:14px 0;border-top:1px solid var(--line)}
ol.phases>li:first-child{border-top:0;padding-top:0}ol.phases>li:last-child{padding-bottom:0}
ol.phases .when{font-size:.9rem;color:var(--dim);font-variant-numeric:tabular-nums}
ol.phases .when b{display:block;color:var(--ink)}
ol.phases p{margin:6px 0 0}
svg{display:block;width:100%;height:auto}
svg text{font-size:12px;fill:var(--dim);font-family:inherit}
svg .group{font-weight:600;fill:var(--ink)}
svg.bar{height:10px;border-radius:3px;margin:8px 0 4px}
.idle{fill:var(--idle)}.one{fill:var(--one)}.part{fill:var(--part)}.all{fill:var(--all)}.unk{fill:url(#hatch)}
.hit{fill:transparent}.axis,.grid{stroke:var(--line);fill:none}.grid{stroke-dasharray:2 4}
.border{stroke:var(--ink);stroke-dasharray:3 3;fill:none}
.phase rect{fill:var(--phase);stroke:var(--line)}.phase text{fill:var(--ink)}
.wide{overflow-x:auto}.wide:focus-visible{outline:2px solid var(--note)}
.wide>svg{min-width:760px}
figure{margin:0}figcaption{font-size:.88rem;margin-top:8px}
ul.legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:0 0 12px;padding:0;font-size:.88rem}
ul.legend li{display:flex;align-items:center;gap:7px}
ul.legend svg{width:18px;height:12px;flex:none;border:1px solid var(--line);border-radius:2px}
table{border-collapse:collapse;width:100%;font-size:.92rem}
caption{text-align:left;color:var(--dim);font-size:.88rem;padding-bottom:6px}
th,td{padding:6px 0 6px 16px;text-align:right;border-top:1px solid var(--line);white-space:nowrap;font-variant-numeric:tabular-nums;vertical-align:top}
thead th{border-top:0;color:var(--dim);font-weight:600;font-size:.82rem;vertical-align:bottom}
th.name,td.name{text-align:left;padding-left:0;white-space:normal;min-width:150px}
td.name+td.name,th.name+th.name{padding-left:16px}
tr.of{background:var(--phase)}
td.meter{min-width:110px;width:22%}
.meter i{display:block;height:10px;margin-top:7px;background:var(--all);border-radius:2px;min-width:1px}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(290px,100%),1fr));gap:20px 28px}
.tiles h3{font-size:.95rem}
details{margin-top:14px}summary{cursor:pointer;color:var(--note)}
ul.plain{margin:0;padding-left:20px}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
footer{color:var(--dim);font-size:.88rem;padding-bottom:32px}
#defs{position:absolute;width:0;height:0}
@media(max-width:640px){main,header,footer{padding-left:12px;padding-right:12px}section{padding:16px 14px}
h1{font-size:1.4rem}#verdict .headline{font-size:1.1rem}#verdict li{padding-left:0}#verdict li .tone{position:static;display:block}
ol.phases>li{grid-template-columns:1fr}dl.facts{grid-template-columns:1fr 1fr;gap:8px 14px}}
@media print{:root{color-scheme:light;--bg:#fff;--card:#fff;--ink:#000;--dim:#444;--line:#bbb;--idle:#eceff2;--one:#5aa9dd;--part:#d9a520;
--all:#c8441b;--unk:#777;--good:#0b5c44;--note:#155a91;--bad:#9c2c08;--unknown:#444;--phase:#f2f4f6}
body{font-size:10.5pt}main,header,footer{max-width:none;padding:0}section{border-radius:0;border-width:1px 0 0;padding:12px 0;margin:0;break-inside:auto}
h2{break-after:avoid}figure,tr,ol.phases>li,.tiles>div{break-inside:avoid}.wide{overflow:visible}.wide>svg{min-width:0}th,td{padding-left:8px;font-size:9pt;white-space:normal}th.name,td.name{min-width:90px}td.meter{display:none}
details:not([open]){display:none}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
@page{margin:14mm}}
)css";
}

}  // namespace smtscope::report

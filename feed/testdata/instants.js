// Prints dates as people's computers write them, with the instant that each means: the oracle for
// readInstant. Run: node instants.js > instants.txt (made with Node 20.20.2: ICU 78.2, CLDR 48).
const locales = ("en en-GB en-AU en-CA de de-AT de-CH fr fr-CA es es-MX es-AR it pt pt-PT nl sv da nb nn fi is pl cs " +
  "sk hu ro bg hr sr sr-Latn sl ru uk el tr id ms vi ca et lv lt he ko ja zh-CN zh-TW zh-HK").split(" ");
const zones = ["America/New_York", "America/Chicago", "Europe/Berlin", "Asia/Tokyo", "Asia/Shanghai", "UTC"];
let n = 0;
for (const l of locales) {
  for (let month = 0; month < 12; month++) {
    const at = new Date(Date.UTC(2018 + (n % 9), month, 1 + (n * 7) % 28, (n * 5) % 24, (n * 11) % 60));
    const zone = zones[month < 4 ? 0 : n % zones.length];
    n++;
    const text = new Intl.DateTimeFormat(l, {
      year: "numeric", month: "long", day: "numeric", hour: "numeric", minute: "numeric",
      timeZone: zone, timeZoneName: "short",
    }).format(at);
    console.log([l, zone, at.toISOString(), text].join("\t"));
  }
}

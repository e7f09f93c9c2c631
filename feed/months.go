package feed

import (
	"strings"
	"sync"
)

// monthTable holds the names of the months as dates are written in each language, in the form that
// stands beside a day (czerwca, not czerwiec), from January to December. The names are those of
// Unicode CLDR 48 as ICU 78 prints them for {year: numeric, month: long, day: numeric}; languages
// that print the month's number (Chinese, Japanese, Korean, Vietnamese) need none. testdata/instants.js
// prints the dates against which the table is tested.
const monthTable = `
en: january february march april may june july august september october november december
de: januar februar märz april mai juni juli august september oktober november dezember
de-AT: jänner februar märz april mai juni juli august september oktober november dezember
fr: janvier février mars avril mai juin juillet août septembre octobre novembre décembre
es: enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
it: gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
pt: janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
nl: januari februari maart april mei juni juli augustus september oktober november december
sv: januari februari mars april maj juni juli augusti september oktober november december
da: januar februar marts april maj juni juli august september oktober november december
nb: januar februar mars april mai juni juli august september oktober november desember
nn: januar februar mars april mai juni juli august september oktober november desember
fi: tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta
is: janúar febrúar mars apríl maí júní júlí ágúst september október nóvember desember
pl: stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
cs: ledna února března dubna května června července srpna září října listopadu prosince
sk: januára februára marca apríla mája júna júla augusta septembra októbra novembra decembra
hu: január február március április május június július augusztus szeptember október november december
ro: ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
bg: януари февруари март април май юни юли август септември октомври ноември декември
hr: siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca
sr: јануар фебруар март април мај јун јул август септембар октобар новембар децембар
sr-Latn: januar februar mart april maj jun jul avgust septembar oktobar novembar decembar
sl: januar februar marec april maj junij julij avgust september oktober november december
uk: січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
ru: января февраля марта апреля мая июня июля августа сентября октября ноября декабря
el: ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου
tr: ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
id: januari februari maret april mei juni juli agustus september oktober november desember
ms: januari februari mac april mei jun julai ogos september oktober november disember
ca: gener febrer març abril maig juny juliol agost setembre octubre novembre desembre
et: jaanuar veebruar märts aprill mai juuni juuli august september oktoober november detsember
lv: janvāris februāris marts aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris decembris
lt: sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio
he: ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר
`

// monthByName maps each name in the table, and the English names cut to three letters, to its month.
// A name that means two months, as listopada does in Polish and Croatian, maps to 0: such a date is
// not read.
var monthByName = sync.OnceValue(func() map[string]int {
	m := map[string]int{}
	put := func(name string, month int) {
		if old, ok := m[name]; ok && old != month {
			month = 0
		}
		m[name] = month
	}
	for line := range strings.Lines(monthTable) {
		language, names, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		for i, name := range strings.Fields(names) {
			put(name, i+1)
			if language == "en" && len(name) > 3 {
				put(name[:3], i+1)
			}
		}
	}
	put("sept", 9)
	return m
})

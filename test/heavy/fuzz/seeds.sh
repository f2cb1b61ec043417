#!/bin/bash
# test/heavy/fuzz/seeds.sh: makes seeds/ anew, where the fuzz targets begin: the bytes of the stored values of
# sql/stored_values.sql, which are of real summaries and histories; those of counts and models, and the text of
# these, from below; and of each kind of state one with 20 rows, as a program of wire.c. The programs in seeds/orders
# once found faults, and stay.
set -euo pipefail
cd "$(dirname "$0")"

mkdir -p seeds/summary seeds/history seeds/rfm seeds/model seeds/wire
sed -nE "s/^\t\('([^']+)', '([A-Za-z0-9+\/]{12,}=*)'\)[,;]$/\1\t\2/p" ../../../sql/stored_values.sql |
	while IFS=$'\t' read -r name value; do
		case $name in history*) kind=history ;; *) kind=summary ;; esac
		base64 -d <<<"$value" >"seeds/$kind/${name//[ ,]/_}"
	done

# Counts by rfm_agg(); models behind the byte that model.c takes, as bytes and as text.
while read -r name value; do
	base64 -d <<<"$value" >"seeds/$name"
done <<'END'
rfm/plain AQCsiwELkIGYgiABgIDk/w8BgICEgBABgIDg/w8B+P///g8Bh4BgAYCA9P8PAff/nwIBiIC8/Q8B9/+fAgGAgNz/DwE=
rfm/with_amounts AQGsiwELkIGYgiABgIDk/w8BgICEgBABgIDg/w8B+P///g8Bh4BgAYCA9P8PAff/nwIBiIC8/Q8B9/+fAgGAgNz/DwECCwKUIwEB7jcBAZhDAQGySwEB7HIBAKx/AQH+bAEAtoQBAQGggwEBALiUAQEBkqkBAQ==
rfm/holdout AQOsiwFrC4KAlAEBg4D4//+CgAEB/v/7/x8B/P+TgGAB/v/7/z8BhID4/8//PwH7/4+AIAH//4OAsP8/Af3/3/+f/38BgICkgIACAf7/g4DA/38BAgkClCMBAKQmAQD8KgIBvi4BAP46AQHgRAEC/FwBAKx/AQKggwEB
rfm/wide AQGsiwEBl4GQgBADAAMBgICAgICAgICAARoxMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMQEAgICAgICAgICAARoxMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMgEAgICAgICAgICAARoxMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMwE=
model/bgnbd AAEBAwCsiwEoKAAQwIr5otsqnYI+6sARE93MzUAU6W8rAl27QE2IYs9EBadA2KZf7SHdxkED3hZU03ya
model/gamma_gamma AQEEBACsiwEoKAAVwFbfOxFTiLI/IHm3MJqAAEARPFDVaGt8QQPeFlTTfJpBGiqVoNz2TA==
model/sbg AgEFAAGIhwHoB/cFAAXAmkEPjZCEYDzM/fO2RaHLP+aHzR1Zl7U/8uml8sCNdz+Bxyvlytw9P4XhI3BxXM0/kQninm0+QA==
model/bgnbd_text A21iZ25iZCByPTUuMjI3OTYzMTM0Nzg0MTQzIGFscGhhPTU5LjA2NTUxNTQzMDY1NDQzNiBhPTI1MjQxLjQ5ODg0ODQwNjM4NyBiPTE2Mjc1NC43OTE0MTkwMDM5MiBzdGF0dXM9dW5pZm9ybV9kcm9wb3V0IGFzX29mPTIwMjQtMDYtMDEgY3VzdG9tZXJzPTQwIHJlcGVhdF9jdXN0b21lcnM9NDAgbGVmdF9vdXQ9MCBpdGVyYXRpb25zPTE2IGxvZ19saWtlbGlob29kPS04NjMuMjA0NTE5NTg5MzU5IGdyYWRpZW50PTEuMjc1NTUxODIzNzg1MDI2MWUtMDU=
model/gamma_gamma_text BGdhbW1hX2dhbW1hIHA9NC4zMDg5MDIxMDU4MDY2MiBxPTE2Mjc1NC43OTE0MTkwMDM5MiBnYW1tYT00Mjg3MDkuNDA3MDkyOTAzNSBzdGF0dXM9dW5pZm9ybV9zcGVuZCBhc19vZj0yMDI0LTA2LTAxIGN1c3RvbWVycz00MCByZXBlYXRfY3VzdG9tZXJzPTQwIGxlZnRfb3V0PTAgaXRlcmF0aW9ucz0yMSBsb2dfbGlrZWxpaG9vZD0tOTEuNDg3OTgwMjA1MTMxNjYgZ3JhZGllbnQ9MC4wMDAxMjU2OTc3MTk2MTUxMjU0NA==
model/bdw_text BWJkdyBhbHBoYT0wLjQ1NTYxMzk5MzA3OTg0MjM1IGJldGE9MC43NzkzMjU1MTQ2ODEwOTk4IGM9MS4yODM0NTEyNzg0NTUyMDMyIHN0YXR1cz1vayBhc19vZj0yMDIzLTA5LTAxIGN1c3RvbWVycz0xMDAwIHJlcGVhdF9jdXN0b21lcnM9NzU5IGxlZnRfb3V0PTAgaXRlcmF0aW9ucz02IGxvZ19saWtlbGlob29kPS0xNjc5LjYwMjgzMjkwNzE3OCBncmFkaWVudD0zLjQ0MTU1MDY3NTU1MzYyODdlLTEwIGNvdmFyaWFuY2U9MC4xMzQ0MTcwMjQ5MDc2MDIyNyBjb3ZhcmlhbmNlPTAuMTMwODYwMDUxNjUzMjU4MjkgY292YXJpYW5jZT0wLjEzMTU5NjQ4NzgzMzY3MzQyIGNvdmFyaWFuY2U9LTAuMDgzNDAyOTg4NDQ4NzcwNjMgY292YXJpYW5jZT0tMC4wODAzMTI3MDU0NDY4MjI5MSBjb3ZhcmlhbmNlPTAuMDUzOTQ0OTUwOTQwNTg0MTY1
END

kinds=(orders order_amounts anchored anchored_amounts segmented segmented_amounts repeat repeat_lines window)
for kind in "${!kinds[@]}"; do
	# its number, the key and the unit, the rows: customer, day, the rest
	bytes=("$kind" $((kind * 4 % 15)) 20)
	for row in {1..20}; do
		bytes+=($((row * 7 % 32)) $((row * 11 % 256)) $((row * 37 % 256)))
	done
	printf '%b' "$(printf '\\x%02x' "${bytes[@]}")" >"seeds/wire/${kinds[kind]}"
done

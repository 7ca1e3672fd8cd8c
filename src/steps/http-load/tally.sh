# shellcheck shell=sh
# shellcheck disable=SC2154
# `tally` prints what the requests of $keep show: `due`, `asked`, `onTime` (begun within half a second), `failed` and the
# reasons (`why=` COUNT TEXT), `p50`, `p95` and `p99` of the right answers and the longest gap between them in milliseconds, less the
# time between two requests; begin and end as seconds of the clock.
tally() {
  read -r reason begin end due left_out from until < "$keep/ended"
  asked=$((due - left_out))
  printf 'reason=%s\nfrom=%s\nuntil=%s\ndue=%s\nasked=%s\n' "$reason" "$from" "$until" "$due" "$asked"
  awk -v asked="$asked" -v expected="$expected" '
    { start = $3 - $6 * 100; if (start - $2 <= 50) on_time++ }
    $4 == 0 && $5 == expected { next }
    {
      failed++
      why = $0; for (field = 1; field <= 6; field++) sub(/^[^ ]* ?/, "", why)
      sub(/ after [0-9]+ m.*/, "", why)
      if (why == "") why = "status " $5
      count[why]++
    }
    END {
      if (NR < asked) { failed += asked - NR; count["no answer was recorded"] = asked - NR }
      printf "onTime=%d\nfailed=%d\n", on_time, failed
      for (why in count) printf "%d %s\n", count[why], why | "sort -rn | head -n 3 | sed s/^/why=/"
    }' "$keep/requests"
  right() { awk -v expected="$expected" '$4 == 0 && $5 == expected { print $'"$1"' }' "$keep/requests" | sort -n; }
  right 6 | awk '
    { seconds[NR] = $1 }
    function share(part) { at = int(NR * part); if (at < NR * part) at++; return NR ? seconds[at] * 1000 : 0 }
    END { printf "p50=%.0f\np95=%.0f\np99=%.0f\n", share(0.5), share(0.95), share(0.99) }'
  right 3 | awk -v begin="$begin" -v end="$end" -v usual="$((100 / per_second))" '
    BEGIN { before = begin }
    function upto(time) { if (time - before > gap) gap = time - before; before = time }
    { upto($1) }
    END { upto(end); gap -= usual; printf "gap=%d\n", (gap > 0 ? gap * 10 : 0) }'
}

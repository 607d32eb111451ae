# fleet.sh's sums: lines of moment, admitted, refused, calls; prints one row of its table. Exit: 0 aims met, 1 missed, 4 too little was sent.
{ at[NR] = $1; yes[NR] = $2; no[NR] = $3; calls[NR] = $4 }
END {
  if (NR < 12) { print "too few readings of the counters: the machine is too busy"; exit 4 }
  span = at[NR] - at[1]
  asked = yes[NR] + no[NR] - yes[1] - no[1]
  least = 1e9; most = 0
  for (i = 1; i <= NR; i++)
    for (j = i + 1; j <= NR; j++)
      if (at[j] - at[i] >= 9.9) {
        share = (yes[j] - yes[i]) / (at[j] - at[i]) / rate * 100
        if (share < least) least = share
        if (share > most) most = share
        break
      }
  trouble = name == "hung" || name == "killed"
  persecond = (calls[NR] - calls[1]) / span / size
  # Of what the rate and the burst allow in ten seconds.
  good = most <= 105 * (1 + burst / rate / 10) && least >= (trouble ? 50 : 95) && persecond <= 10
  printf "| %d | %s | %.1f | %.1f | %.1f | %.1f | %.4f | %.1f | %s |\n", size, name, (yes[NR] - yes[1]) / span / rate * 100, least, most,
    persecond, (calls[NR] - calls[1]) / asked, slowest, good ? "met" : "missed"
  exit asked / span < load * 0.7 ? 4 : !good
}

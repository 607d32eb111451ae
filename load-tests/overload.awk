# Medians of what overload.sh measured in several rounds: of the numbers of each scenario and gateway, in the order of the first round.
function sorted(list, n,   i, j, t) { for (i = 2; i <= n; i++) { t = list[i]; for (j = i - 1; j > 0 && list[j] > t; j--) list[j + 1] = list[j]; list[j + 1] = t } }
function median(key, column,   i, n, list, m) {
  for (i = 1; i <= rounds[key]; i++) list[++n] = value[key, i, column] == "never" ? 1e9 : value[key, i, column] + 0
  if (value[key, 1, column] == "") return ""
  sorted(list, n)
  m = n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
  return m >= 1e8 ? "never" : m
}
BEGIN {
  print "| scenario | through | critical % | all % | p50 ms | p99 ms | ÷ work | settle s | recover s |"
  print "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
}
{
  key = $2 " | " $3
  if (!(key in rounds)) order[++count] = key
  n = ++rounds[key]
  for (column = 4; column <= 10; column++) value[key, n, column] = $column
}
END {
  for (k = 1; k <= count; k++) {
    printf "| %s |", order[k]
    for (column = 4; column <= 10; column++) printf " %s |", median(order[k], column)
    print ""
  }
}

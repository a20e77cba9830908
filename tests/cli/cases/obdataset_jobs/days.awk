# Writes day-files that make it hard to read them side by side: few books or none, prices that stand still over several days, seams that
# go on and seams that do not, gaps, times that go back (also over a seam), lines that are no books, torn ends, and another depth.
#   awk -v seed=1 -v folder=books -f days.awk
function pick(count) { state = (state * 1103515245 + 12345) % 2147483648; return int(state / 65536) % count }
function book(file, date, ms, extra, depth) {
  far_bid = depth > 2 ? "1," : ""
  far_ask = depth > 2 ? ",9000" : ""
  printf("{\"date\":202401%02d,\"time\":%d,\"prices\":[%s%d,%d%s],\"volumes\":[%s%d,%d%s]%s}\n", date, clock(ms), far_bid, bid, ask, far_ask,
    far_bid, ++number, pick(50), far_ask, extra) >file
}
function clock(ms) {
  if (ms < 0) ms = 0
  if (ms > 86399999) ms = 86399999
  return int(ms / 3600000) * 10000000 + int(ms / 60000) % 60 * 100000 + ms % 60000
}
BEGIN {
  state = seed * 7919
  bad = seed % 3 == 0
  bid = 1000; ask = 1005
  stillness = 1 + pick(40)
  for (day = 1; day <= 14; ++day) {
    file = sprintf("%s/%s_202401%02d.txt", folder, pick(12) ? "A" : "B", day)
    printf "" >file
    count = pick(4) ? 1 + pick(30) : 0
    if (count && (!date || pick(3))) { ++date; ms = pick(3) ? pick(300) : pick(120000) }
    else if (pick(2)) ms += pick(20)  # the same day in two files
    else ms -= pick(30)
    thin = seed % 4 == 0 && !pick(6)
    for (i = 1; i <= count; ++i) {
      if (!pick(stillness)) bid += pick(5) - 2
      if (!pick(stillness)) ask += pick(5) - 2
      if (bad && !pick(60)) print pick(2) ? "no book" : "{}" >file
      book(file, date, ms, pick(25) ? "" : ",\"gap\":true", thin || seed % 4 == 0 && !pick(200) ? 2 : 4)
      if (i == int(count / 2) && pick(3)) ms = 86399999 - pick(400)
      else if (i == count - 1 && pick(2)) ms -= 25
      else ms += pick(12) ? pick(30) : -pick(40)
    }
    if (bad && !pick(count ? 20 : 2)) printf "{\"date\":202" >file
    close(file)
  }
}

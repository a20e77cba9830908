# Makes a man page of a document in Markdown: awk -f man_of_markdown.awk -v name=… -v section=…
# -v about=… -v date=… -v version=… -v home=… DOCUMENT
# It knows what our documents use: headings, paragraphs, lists, tables, blocks of code.
BEGIN {
  title = toupper(name)
  gsub(/-/, "\\-", title)
  printf ".TH %s %s %s \"obkit %s\" obkit\n.SH NAME\n%s \\- %s\n.SH DESCRIPTION\n", title, section,
    date, version, escaped(name), about
}

function escaped(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  return text
}

# Code in bold, links by their text; a dash in code is one that can be copied.
function inline(text,    out, before, code) {
  gsub(/\\\|/, "|", text)
  gsub(/\*\*`/, "`", text)
  gsub(/`\*\*/, "`", text)
  out = ""
  while (match(text, /`[^`]+`/)) {
    before = substr(text, 1, RSTART - 1)
    code = substr(text, RSTART + 1, RLENGTH - 2)
    text = substr(text, RSTART + RLENGTH)
    out = out words(before) "\\fB" escaped(code) "\\fR"
  }
  return out words(text)
}

function words(text,    out) {
  gsub(/\\/, "\\e", text)
  while (match(text, /\[[^]]*\]\([^)]*\)/)) {
    out = substr(text, RSTART + 1, index(substr(text, RSTART), "](") - 2)
    text = substr(text, 1, RSTART - 1) out substr(text, RSTART + RLENGTH)
  }
  while (match(text, /\*\*[^*]+\*\*/))
    text = substr(text, 1, RSTART - 1) "\\fB" substr(text, RSTART + 2, RLENGTH - 4) "\\fR" \
      substr(text, RSTART + RLENGTH)
  return text
}

function line(text) {
  if (text ~ /^[.']/) text = "\\&" text
  print text
}

# A sentence begins a line, as roff wants it.
function prose(text,    rest) {
  rest = text
  while (match(rest, /[^. ][.?!:]\)? +[A-Z`\\]/) && rest !~ /^[A-Z]\. /) {
    line(substr(rest, 1, RSTART + RLENGTH - 3))
    rest = substr(rest, RSTART + RLENGTH - 1)
  }
  line(rest)
}

function flush_text() {
  if (text != "") prose(inline(text))
  text = ""
}

function end_code() {
  if (in_code) print ".fi\n.RE"
  in_code = 0
}

function cells(row, found,    count) {
  gsub(/\\\|/, "\001", row)
  sub(/^ *\| */, "", row)
  sub(/ *\| *$/, "", row)
  count = split(row, found, / *\| */)
  for (i = 1; i <= count; ++i) gsub(/\001/, "|", found[i])
  return count
}

/^```/ {
  flush_text()
  if (in_fence) { in_fence = 0; end_code() }
  else { in_fence = in_code = 1; print ".RS 4\n.nf" }
  next
}
in_fence { line(escaped($0)); next }
/^    / && (blank || in_code) && !in_list {
  flush_text()
  if (!in_code) { in_code = 1; print ".RS 4\n.nf" }
  line(escaped(substr($0, 5)))
  blank = 0
  next
}
/^$/ { flush_text(); end_code(); blank = 1; in_table = 0; next }
/^# / { blank = 0; first = 1; next }
/^##+ / {
  flush_text(); end_code()
  heading = $0
  sub(/^##+ /, "", heading)
  gsub(/`/, "", heading)
  gsub(/"/, "\\(dq", heading)
  printf "%s \"%s\"\n", ($0 ~ /^### /) ? ".SS" : ".SH", escaped(heading)
  in_list = blank = 0
  first = 1
  next
}
/^\|/ {
  flush_text(); end_code()
  if (!in_table) { count_of_head = cells($0, head); in_table = 1; next }
  if ($0 ~ /^\|[-| ]+$/) next
  count = cells($0, cell)
  print ".TP"
  line(inline(cell[1]))
  rest = ""
  for (i = 2; i <= count; ++i) if (cell[i] != "") rest = rest (rest == "" ? "" : "; ") cell[i]
  prose(inline(rest == "" ? "\\&" : rest))
  after_block = 1
  blank = 0
  next
}
/^ *(-|[0-9]+\.) / && (blank || in_list || text == "") {
  flush_text(); end_code()
  match($0, /^ *(-|[0-9]+\.) +/)
  print ".IP \\(bu 2"
  text = substr($0, RLENGTH + 1)
  in_list = 1
  blank = 0
  first = 0
  next
}
{
  end_code()
  if (blank && !/^  /) { if (!first) print ".PP"; in_list = 0 }
  if (blank && in_list) print ".IP \"\" 2"
  first = blank = 0
  gsub(/^ +/, "")
  text = text (text == "" ? "" : " ") $0
}
END {
  flush_text(); end_code()
  print ".SH FILES\n.TP\n.I " escaped(home)
  print "This page as a document, with what it links to."
  print ".SH \"SEE ALSO\"\n.BR obkit (7),\n.BR obsave (1),\n.BR obdataset (1),\n.BR obtrain (1)"
}

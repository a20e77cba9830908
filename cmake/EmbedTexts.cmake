# Run as a script by obkit_embed_texts(): writes OUTPUT, C++ that defines NAMES as the texts of
# FILES, in HEADER's namespace.
# FILES are separated by '|', and several make one text where they are joined by '+'.
string(REPLACE "|" ";" files "${FILES}")
string(REPLACE "|" ";" names "${NAMES}")
set(code "#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n\n")
foreach(name parts IN ZIP_LISTS names files)
  string(REPLACE "+" ";" parts "${parts}")
  set(text "")
  foreach(part IN LISTS parts)
    file(READ "${part}" content)
    # Where a file's debugging map lies would be fetched by a browser.
    string(REGEX REPLACE "(//|/\\*)# sourceMappingURL=[^\n]*" "" content "${content}")
    string(APPEND text "${content}")
  endforeach()
  string(APPEND code "const std::string_view ${name} = R\"obkit(${text})obkit\";\n\n")
endforeach()
string(APPEND code "}  // namespace ${NAMESPACE}\n")
file(WRITE "${OUTPUT}" "${code}")

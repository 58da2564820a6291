# Run by dualwrite_embed: writes OUT/SYMBOL.cpp and OUT/SYMBOL.hpp from the bytes of IN.
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUT}/${SYMBOL}.hpp
  "#pragma once\n#include <string_view>\nnamespace dualwrite::embedded {\nextern const std::string_view ${SYMBOL};\n}\n")
file(WRITE ${OUT}/${SYMBOL}.cpp
  "#include \"embedded/${SYMBOL}.hpp\"\nnamespace {\nconst unsigned char bytes[] = {${bytes} 0};\n}\n"
  "namespace dualwrite::embedded {\n"
  "const std::string_view ${SYMBOL}(reinterpret_cast<const char*>(bytes), sizeof(bytes) - 1);\n}\n")

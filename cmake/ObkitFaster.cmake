# What makes builds faster where it is installed, and changes nothing in what is built.

# A compiler's results are kept and used again. Told how to take precompiled headers, and to believe
# the list of headers that the compiler writes: what is not there yet is then parsed only once.
find_program(OBKIT_CCACHE ccache)
if(OBKIT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_DEPEND=1 ${OBKIT_CCACHE})
endif()

# A linker that uses all processors. g++ knows it by name from 12 on, clang always has.
find_program(OBKIT_MOLD mold)
if(OBKIT_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

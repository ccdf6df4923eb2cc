# The store beside its peers. Each is left out where its library is not
# installed; `tools/setup --bench` installs them all.
set(peer_bench_sources
  answers.cc
  fixtures.cc
  flags.cc
  own_process.cc
  peer_backup_benchmarks.cc
  peer_day_benchmarks.cc
  peer_fixtures.cc
  peer_load_benchmarks.cc
  peer_lookup_benchmarks.cc
  peer_opening.cc
  peer_program.cc
  peer_query_benchmarks.cc
  peer_sale_benchmarks.cc
  peer_thread_benchmarks.cc
  peers/peer.cc
  raw_disk.cc
  scratch_folder.cc
  workload.cc)
add_executable(peer_bench
  ${peer_bench_sources}
  peer_main.cc
  peers/map_peer.cc
  peers/peer_kinds.cc
  peers/store_peer.cc)
target_link_libraries(peer_bench PRIVATE bench_support)
# Groups of benchmarks have names in common, and so have the libraries.
set_target_properties(peer_bench PROPERTIES UNITY_BUILD OFF)

# Adds peers/<name>_peer.cc, and the sources that are named, if `header` and
# `library` are there.
function(add_peer name header library)
  string(TOUPPER ${name} upper)
  find_path(ORDERSTORE_${upper}_INCLUDE ${header} PATH_SUFFIXES ${name})
  find_library(ORDERSTORE_${upper}_LIBRARY ${library})
  mark_as_advanced(ORDERSTORE_${upper}_INCLUDE ORDERSTORE_${upper}_LIBRARY)
  if(NOT ORDERSTORE_${upper}_INCLUDE OR NOT ORDERSTORE_${upper}_LIBRARY)
    message(STATUS "peer_bench: without ${name}, whose library was not found")
    return()
  endif()
  target_sources(peer_bench PRIVATE peers/${name}_peer.cc ${ARGN})
  target_compile_definitions(peer_bench PRIVATE ORDERSTORE_BENCH_${upper})
  target_include_directories(peer_bench SYSTEM PRIVATE
    ${ORDERSTORE_${upper}_INCLUDE})
  target_link_libraries(peer_bench PRIVATE ${ORDERSTORE_${upper}_LIBRARY})
endfunction()

add_peer(lmdb lmdb.h lmdb)
add_peer(rocksdb rocksdb/db.h rocksdb peers/rocksdb_database.cc)
add_peer(sqlite sqlite3.h sqlite3)

# The same of a server, if its program is there as well.
function(add_server_peer name header library program)
  string(TOUPPER ${name} upper)
  find_program(ORDERSTORE_${upper}_PROGRAM ${program}
    HINTS /usr/lib/postgresql/15/bin)
  mark_as_advanced(ORDERSTORE_${upper}_PROGRAM)
  if(NOT ORDERSTORE_${upper}_PROGRAM)
    message(STATUS "peer_bench: without ${name}, whose server was not found")
    return()
  endif()
  add_peer(${name} ${header} ${library}
    peers/${name}_connection.cc peers/${name}_server.cc ${ARGN})
  target_compile_definitions(peer_bench PRIVATE
    ORDERSTORE_BENCH_${upper}_PROGRAM="${ORDERSTORE_${upper}_PROGRAM}")
endfunction()

target_sources(peer_bench PRIVATE peers/server_process.cc)
add_server_peer(postgresql libpq-fe.h pq postgres)
add_server_peer(redis hiredis/hiredis.h hiredis redis-server
  peers/redis_load.cc)
# Tarantool runs its peer within itself: a module, and a program that starts
# Tarantool with it. Of the store it needs the headers only.
find_program(ORDERSTORE_TARANTOOL tarantool)
find_path(ORDERSTORE_TARANTOOL_INCLUDE tarantool/module.h)
mark_as_advanced(ORDERSTORE_TARANTOOL ORDERSTORE_TARANTOOL_INCLUDE)
if(ORDERSTORE_TARANTOOL AND ORDERSTORE_TARANTOOL_INCLUDE)
  add_library(peer_bench_tarantool MODULE
    ${peer_bench_sources}
    peers/tarantool_module.cc
    peers/tarantool_peer.cc)
  set_target_properties(peer_bench_tarantool PROPERTIES PREFIX "")
  set_source_files_properties(
    peers/tarantool_module.cc peers/tarantool_peer.cc PROPERTIES
    SKIP_UNITY_BUILD_INCLUSION ON)
  target_include_directories(peer_bench_tarantool PRIVATE
    ${PROJECT_SOURCE_DIR}/include)
  # module.h includes Lua's headers, which are beside it.
  target_include_directories(peer_bench_tarantool SYSTEM PRIVATE
    ${ORDERSTORE_TARANTOOL_INCLUDE} ${ORDERSTORE_TARANTOOL_INCLUDE}/tarantool)
  target_compile_options(peer_bench_tarantool PRIVATE
    "SHELL:-iquote ${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(peer_bench_tarantool PRIVATE
    orderstore_warnings
    benchmark::benchmark
    absl::flat_hash_map
    absl::inlined_vector
    absl::status
    absl::statusor
    absl::strings)
  configure_file(peers/tarantool_launcher.lua peer_bench_tarantool COPYONLY)
  configure_file(peers/tarantool_peer.lua tarantool_peer.lua COPYONLY)
else()
  message(STATUS "peer_bench: without tarantool, which was not found")
endif()

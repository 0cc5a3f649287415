# batpak::inspector: src/inspector, the page of web/dist, and those parts of the tool that make JSON of
# events and regions of words, so that both give the same answers (docs/decisions/0090). Where the inspector
# is built, the tool takes these parts from it.
include(BatpakEmbed)
file(GLOB BATPAK_SHARED_WITH_TOOL CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/tool/text/*.cpp")
foreach(part IN ITEMS events/event_members events/gates_json events/kind_names events/catalogue_json events/report_json
    files/segment_json files/segment_list questions/changes questions/event_graph questions/filter questions/find_event questions/moment questions/where)
  list(APPEND BATPAK_SHARED_WITH_TOOL "${PROJECT_SOURCE_DIR}/src/tool/${part}.cpp")
endforeach()

batpak_add_layer(inspector SEPARATE USES readmodel delivery projection ${engine} LINKS batpak::cpphttplib)
target_sources(batpak_inspector PRIVATE ${BATPAK_SHARED_WITH_TOOL})
# As headers alone: an installed batpak::inspector then needs no fmt.
target_link_libraries(batpak_inspector PRIVATE fmt::fmt-header-only)
batpak_embed_page(batpak_inspector "${PROJECT_SOURCE_DIR}/web/dist")

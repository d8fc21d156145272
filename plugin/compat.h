/* compat.h
 * Every difference between Wireshark 4.0, 4.2, 4.4 and 4.6 that the plugin meets, each named once.
 * The rest of the plugin must not test for versions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_COMPAT_H
#define TLSCLOSE_COMPAT_H

#include <epan/conversation.h>
#include <epan/packet.h>
#include <ws_version.h>

#define WIRESHARK_IS_AT_LEAST(major, minor) \
    (WIRESHARK_VERSION_MAJOR > (major) ||   \
     (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* For the few symbols that Wireshark looks up in a plugin. WS_DLL_PUBLIC_DEF would import them on
 * Windows, unless WS_BUILD_DLL is defined, which would then export what the plugin imports. */
#ifdef _WIN32
#define PLUGIN_EXPORT __declspec(dllexport)
#else
#define PLUGIN_EXPORT __attribute__((visibility("default")))
#endif

/* 4.2 made the value of a field_info a pointer. */
#if WIRESHARK_IS_AT_LEAST(4, 2)
#define field_info_uint(finfo) fvalue_get_uinteger((finfo)->value)
#else
#define field_info_uint(finfo) fvalue_get_uinteger(&(finfo)->value)
#endif

/* 4.0 and 4.2 have only the older name. */
#if !WIRESHARK_IS_AT_LEAST(4, 4)
#define tvb_get_uint8(tvb, offset) tvb_get_guint8(tvb, offset)
#endif

/* 4.4 went over from gboolean to bool. */
#if WIRESHARK_IS_AT_LEAST(4, 4)
typedef bool preference_bool;
#else
typedef gboolean preference_bool;
#endif

/* 4.6 renamed it. The result is allocated: wmem_free(NULL, ...). */
#if WIRESHARK_IS_AT_LEAST(4, 6)
#define data_source_name(source) get_data_source_description(source)
#else
#define data_source_name(source) get_data_source_name(source)
#endif

/* 4.6 renamed them: they read unsigned numbers in network byte order. */
#if !WIRESHARK_IS_AT_LEAST(4, 6)
#define pntohu16(bytes) pntoh16(bytes)
#define pntohu32(bytes) pntoh32(bytes)
#endif

/* 4.4 wants the frame, 4.0 and 4.2 the packet. */
#if WIRESHARK_IS_AT_LEAST(4, 4)
#define depend_on_frame(pinfo, frame) mark_frame_as_depended_upon((pinfo)->fd, frame)
#else
#define depend_on_frame(pinfo, frame) mark_frame_as_depended_upon(pinfo, frame)
#endif

/* 4.4 hands the callbacks of a conversation filter data of their own; they are named here by the
 * function that does the work, without. */
#if WIRESHARK_IS_AT_LEAST(4, 4)
#define CONVERSATION_FILTER_PARAMETERS packet_info *pinfo, void *user_data _U_
#define add_conversation_filter(protocol, name, is_valid, build) \
    register_conversation_filter(protocol, name, is_valid, build, NULL)
#else
#define CONVERSATION_FILTER_PARAMETERS packet_info *pinfo
#define add_conversation_filter(protocol, name, is_valid, build) \
    register_conversation_filter(protocol, name, is_valid, build)
#endif

/* 4.4 finds the TCP conversation by the strategy that made it (protocols.conversation_deinterlacing_key);
 * 4.6 wants to know which way round. */
#if WIRESHARK_IS_AT_LEAST(4, 6)
#define find_tcp_conversation(pinfo) find_conversation_strat(pinfo, CONVERSATION_TCP, 0, false)
#elif WIRESHARK_IS_AT_LEAST(4, 4)
#define find_tcp_conversation(pinfo) find_conversation_strat(pinfo, CONVERSATION_TCP, 0)
#else
#define find_tcp_conversation(pinfo) find_conversation_pinfo(pinfo, 0)
#endif

/* 4.2 asks plugins what they are, by this number (WS_PLUGIN_DESC_DISSECTOR). */
#define PLUGIN_IS_A_DISSECTOR 1

#endif

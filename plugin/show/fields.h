/* fields.h
 * The fields and expert infos of the public interface, by Wireshark's identifiers, and their registration. Must
 * not know when they are shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_FIELDS_H
#define TLSCLOSE_FIELDS_H

#include <epan/packet.h>

#include <epan/expert.h>

#include "facts/finding.h"

/* What Wireshark calls them by, set by fields_register(). */
extern int hf_tlsclose_sender;
extern int hf_tlsclose_version;
extern int hf_tlsclose_server_name;
extern int hf_tlsclose_evidence;
extern int hf_tlsclose_close_notify;
extern int hf_tlsclose_close_notify_order;
extern int hf_tlsclose_close_notify_response_in;
extern int hf_tlsclose_close_notify_response_to;
extern int hf_tlsclose_close_notify_response_time;
extern int hf_tlsclose_after_close_records;
extern int hf_tlsclose_after_close_bytes;
extern int hf_tlsclose_after_close_alert_in;
extern int hf_tlsclose_closure;
extern int hf_tlsclose_verdict;
extern int hf_tlsclose_verdict_evidence;
extern int hf_tlsclose_initiator;
extern int hf_tlsclose_initiated_in;
extern int hf_tlsclose_idle;
extern int hf_tlsclose_client_bytes;
extern int hf_tlsclose_server_bytes;
extern int hf_tlsclose_loss;
extern int hf_tlsclose_client_loss;
extern int hf_tlsclose_server_loss;
extern int hf_tlsclose_loss_reason;
extern int hf_tlsclose_reason;
extern int hf_tlsclose_session_id;
extern int hf_tlsclose_session_event;
extern int hf_tlsclose_session_established_in;
extern int hf_tlsclose_session_unresumable_in;
extern int hf_tlsclose_session_unresumable_reason;
extern int hf_tlsclose_http_close_announced_in;
extern int hf_tlsclose_http_framing;
extern int hf_tlsclose_http_complete;

extern int hf_tlsclose_explanation;

extern int ett_tlsclose;

/* By enum expert. */
extern expert_field ei_tlsclose[EXPERT_COUNT];

/* By enum closure, as verdicts and closures are called. */
extern const value_string tlsclose_verdict_names[];
extern const value_string tlsclose_closure_names[];

/* By enum close_notify_order, enum loss and enum session_event. */
extern const value_string tlsclose_order_names[];
extern const value_string tlsclose_loss_names[];
extern const value_string tlsclose_session_event_names[];

/* Registers fields, subtrees and expert infos for PROTO. */
void fields_register(int proto);

/* PI_ERROR, PI_WARN, PI_NOTE or PI_CHAT. */
int fields_severity(enum expert expert);

#endif

-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- The post-dissector one would write in an hour: it finds a FIN of a side that sent no close_notify,
-- by Wireshark's fields alone. What the plugin costs is measured against this.

local truncation = Proto("truncation", "FIN without close_notify")
local found = ProtoExpert.new("truncation.found", "FIN without close_notify", expert.group.SEQUENCE,
                              expert.severity.WARN)
truncation.experts = { found }

local stream_field = Field.new("tcp.stream")
local source_field = Field.new("tcp.srcport")
local fin_field = Field.new("tcp.flags.fin")
local alert_field = Field.new("tls.alert_message.desc")
local record_field = Field.new("tls.record.length")

local CLOSE_NOTIFY = 0
local is_tls, is_closed

function truncation.init()
    is_tls, is_closed = {}, {}
end

function truncation.dissector(_, _, tree)
    local stream = stream_field()
    if not stream then
        return
    end
    if record_field() then
        is_tls[stream.value] = true
    end
    if not is_tls[stream.value] then
        return
    end
    local side = stream.value .. ":" .. source_field().value
    for _, alert in ipairs({ alert_field() }) do
        if alert.value == CLOSE_NOTIFY then
            is_closed[side] = true
        end
    end
    if fin_field().value and not is_closed[side] then
        tree:add(truncation):add_proto_expert_info(found)
    end
end

register_postdissector(truncation)

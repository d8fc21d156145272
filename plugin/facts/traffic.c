/* traffic.c
 * The application data that one side sent. See traffic.h. Plain C; must not know which records are
 * data.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "facts/traffic.h"

#include <glib.h>
#include <string.h>

/* What a run and the one behind it come to as one. */
static struct data_run
joined(const struct data_run *before, const struct data_run *behind)
{
    return (struct data_run){
        .end = behind->end,
        .answers = MAX(before->answers, behind->answers),
        .time = MAX(before->time, behind->time),
        .bytes = before->bytes + MIN(behind->bytes, UINT32_MAX - before->bytes),
        .longest = MAX(before->longest, behind->longest),
    };
}

void
traffic_add(struct traffic *traffic, const struct data_run *record, uint32_t most)
{
    struct data_run *runs = traffic->runs;

    if (traffic->first_end == 0)
        traffic->first_end = record->end;
    traffic->bytes += most;
    if (traffic->run_count == DATA_RUNS_MAX) {
        runs[0] = joined(&runs[0], &runs[1]);
        memmove(&runs[1], &runs[2], (DATA_RUNS_MAX - 2) * sizeof *runs);
        traffic->run_count--;
    }
    runs[traffic->run_count++] = *record;
}

void
traffic_forget_data(struct traffic *traffic)
{
    traffic->run_count = 0;
    traffic->bytes = 0;
    traffic->first_end = 0;
    traffic->after_peer_fin = 0;
    traffic->last_frame = 0;
}

struct data_sum
traffic_between(const struct traffic *traffic, uint64_t from, uint64_t until)
{
    struct data_sum sum = { 0, 0 };

    for (unsigned i = 0; i < traffic->run_count; i++) {
        const struct data_run *run = &traffic->runs[i];
        if (run->end > from && run->end <= until) {
            sum.bytes += run->bytes;
            sum.longest = MAX(sum.longest, run->longest);
        }
    }
    return sum;
}

uint64_t
traffic_answers(const struct traffic *traffic, uint64_t until)
{
    uint64_t answered = 0;

    for (unsigned i = 0; i < traffic->run_count; i++) {
        if (traffic->runs[i].end <= until)
            answered = MAX(answered, traffic->runs[i].answers);
    }
    return answered;
}

int64_t
traffic_last_time(const struct traffic *traffic, int64_t until)
{
    int64_t time = INT64_MIN;

    for (unsigned i = 0; i < traffic->run_count; i++) {
        if (traffic->runs[i].time <= until)
            time = MAX(time, traffic->runs[i].time);
    }
    return time;
}

int64_t
traffic_time_before(const struct traffic *traffic, uint64_t end)
{
    for (unsigned i = traffic->run_count; i > 0; i--) {
        if (traffic->runs[i - 1].end <= end)
            return traffic->runs[i - 1].time;
    }
    return INT64_MIN;
}

bool
traffic_may_be_ticket(const struct traffic *traffic)
{
    return traffic->run_count == 1 && traffic->ticket_count == 1 && !traffic->tickets_over;
}

uint64_t
traffic_end(const struct traffic *traffic)
{
    return traffic->run_count > 0 ? traffic->runs[traffic->run_count - 1].end : 0;
}

/*
 * Counts miniSEED 2 records as libmseed reads them, which shares no line with our decoder: of the files given, for each
 * channel a line NET.STA.LOC.CHAN RECORDS SAMPLES, sorted by nothing. Build: cc -o mseedcount mseedcount.c -lmseed
 */
#include <libmseed.h>
#include <stdio.h>
#include <string.h>

#define MOST_CHANNELS 64

static char names[MOST_CHANNELS][64];
static long records[MOST_CHANNELS], samples[MOST_CHANNELS];

int main(int argc, char **argv) {
    int channels = 0;
    for (int file = 1; file < argc; file++) {
        MSRecord *record = NULL;
        int code;
        while ((code = ms_readmsr(&record, argv[file], -1, NULL, NULL, 0, 0, 0)) == MS_NOERROR) {
            char name[64];
            int at = 0;
            snprintf(name, sizeof name, "%s.%s.%s.%s", record->network, record->station, record->location, record->channel);
            while (at < channels && strcmp(names[at], name) != 0) at++;
            if (at == MOST_CHANNELS) return 2;
            if (at == channels) strcpy(names[channels++], name);
            records[at]++;
            samples[at] += record->samplecnt;
        }
        if (code != MS_ENDOFFILE) {
            fprintf(stderr, "%s: %s\n", argv[file], ms_errorstr(code));
            return 1;
        }
        ms_readmsr(&record, NULL, 0, NULL, NULL, 0, 0, 0);
    }
    for (int at = 0; at < channels; at++) printf("%s %ld %ld\n", names[at], records[at], samples[at]);
    return 0;
}

/*
 * log_writer.h
 *		Rows into the log of a tracking.
 */
#ifndef RETENTION_LOG_WRITER_H
#define RETENTION_LOG_WRITER_H

#include "track/tracking.h"

typedef struct LogWriter LogWriter;

/* About n rows will come; NULL: there is no log, and nothing to write. */
extern LogWriter *log_writer_begin(const Tracking *tracking, uint32 n);
extern void log_writer_put(LogWriter *writer, Datum customer, bool isnull, int32 day);
extern void log_writer_end(LogWriter *writer);

#endif							/* RETENTION_LOG_WRITER_H */

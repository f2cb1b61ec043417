import java.sql.*;
import java.time.LocalDate;
import java.util.*;
import org.postgresql.PGConnection;
import org.postgresql.util.*;

/** The functions through JDBC. Arguments: URL, user, password. Prints a line for each check. */
public class Drivers {
	static boolean failed = false;

	static void check(String name, Object expected, Object actual) {
		boolean good = Objects.equals(String.valueOf(expected), String.valueOf(actual));
		failed |= !good;
		System.out.println((good ? "ok - JDBC: " : "not ok - JDBC: ") + name + (good ? "" : " (" + actual + " instead of " + expected + ")"));
	}

	/** A row with the Java classes of its values, as "value Class | …". */
	static String row(ResultSet result) throws SQLException {
		StringJoiner text = new StringJoiner(" | ");
		for (int column = 1; column <= result.getMetaData().getColumnCount(); column++) {
			Object value = result.getObject(column);
			text.add(value == null ? "null" : value + " " + value.getClass().getSimpleName());
		}
		return text.toString();
	}

	static List<String> rows(ResultSet result) throws SQLException {
		List<String> all = new ArrayList<>();
		while (result.next())
			all.add(row(result));
		return all;
	}

	/** A stored value that the driver takes and gives in binary: the bytes as they are. */
	public static class Bytes extends PGobject implements PGBinaryObject {
		private byte[] bytes;

		public void setByteValue(byte[] value, int offset) {
			bytes = Arrays.copyOfRange(value, offset, value.length);
		}

		public int lengthInBytes() {
			return bytes.length;
		}

		public void toBytes(byte[] target, int offset) {
			System.arraycopy(bytes, 0, target, offset, bytes.length);
		}
	}

	public static class Summary extends Bytes {
		public Summary() {
			setType("retention_summary");
		}
	}

	public static class History extends Bytes {
		public History() {
			setType("retention_history");
		}
	}

	static final String SUMMARY = "SELECT retention_agg(customer, ordered_at, amount, 'month') FROM example";
	static final String HISTORY = "SELECT history_agg(ordered_at, amount) FROM example WHERE customer = 'ann'";

	/** Reads one value through a prepared statement and stores it again through another. */
	static void store(Connection connection, String form) throws SQLException {
		Object[] values = new Object[2];
		String[] queries = {SUMMARY, HISTORY};
		for (int i = 0; i < 2; i++) {
			try (PreparedStatement query = connection.prepareStatement(queries[i]); ResultSet result = query.executeQuery()) {
				result.next();
				values[i] = result.getObject(1);
			}
		}
		check("stored values are given as " + form, form.equals("binary") ? "Summary History" : "PGobject PGobject",
			values[0].getClass().getSimpleName() + " " + values[1].getClass().getSimpleName());
		try (PreparedStatement insert = connection.prepareStatement("INSERT INTO stored VALUES ('JDBC', ?, ?, ?)")) {
			insert.setString(1, form);
			insert.setObject(2, values[0]);
			insert.setObject(3, values[1]);
			insert.executeUpdate();
		}
	}

	public static void main(String[] arguments) throws Exception {
		Properties login = new Properties();
		login.setProperty("user", arguments[1]);
		login.setProperty("password", arguments[2]);
		try (Connection connection = DriverManager.getConnection(arguments[0], login)) {
			System.out.println("# " + connection.getMetaData().getDriverName() + " " + connection.getMetaData().getDriverVersion()
				+ ", Java " + System.getProperty("java.version"));
			plain(connection);
			parameters(connection);
			nulls(connection);
			zone(connection);
			errors(connection);
			store(connection, "text");
			login.setProperty("prepareThreshold", "-1");
			StringJoiner oids = new StringJoiner(",");
			try (ResultSet result = connection.createStatement().executeQuery(
					"SELECT oid FROM pg_type WHERE typname IN ('retention_summary', 'retention_history')")) {
				while (result.next())
					oids.add(result.getString(1));
			}
			login.setProperty("binaryTransferEnable", oids.toString());
		}
		try (Connection connection = DriverManager.getConnection(arguments[0], login)) {
			connection.unwrap(PGConnection.class).addDataType("retention_summary", Summary.class);
			connection.unwrap(PGConnection.class).addDataType("retention_history", History.class);
			store(connection, "binary");
		}
		System.exit(failed ? 1 : 0);
	}

	static void plain(Connection connection) throws SQLException {
		try (ResultSet result = connection.createStatement().executeQuery(
				"SELECT segment, cohort, age, customers, revenue, retention_rate, complete"
				+ " FROM cohort_retention('example', 'customer', 'ordered_at', amount => 'amount')")) {
			ResultSetMetaData columns = result.getMetaData();
			StringJoiner types = new StringJoiner(" ");
			for (int column = 1; column <= columns.getColumnCount(); column++)
				types.add(columns.getColumnName(column) + ":" + columns.getColumnTypeName(column) + ":"
					+ JDBCType.valueOf(columns.getColumnType(column)));
			check("types of the columns", "segment:text:VARCHAR cohort:date:DATE age:int4:INTEGER customers:int8:BIGINT"
				+ " revenue:numeric:NUMERIC retention_rate:float8:DOUBLE complete:bool:BIT", types);
			List<String> all = rows(result);
			check("plain statement, rows", 5, all.size());
			check("plain statement, a row", "null | 2024-01-01 Date | 2 Integer | 1 Long | 12.00 BigDecimal | 0.5 Double | false Boolean",
				all.get(2));
		}
	}

	static void parameters(Connection connection) throws SQLException {
		Set<String> seen = new LinkedHashSet<>();
		try (PreparedStatement query = connection.prepareStatement(
				"SELECT segment, cohort, age, period, customers, revenue, retention_rate, complete"
				+ " FROM cohort_retention(?, ?, ?, ?, amount => ?, as_of => ?, age_window => ?) WHERE cohort = ? AND age = ?")) {
			query.setString(1, "example");
			query.setString(2, "customer");
			query.setString(3, "ordered_at");
			query.setString(4, "month");
			query.setString(5, "amount");
			query.setObject(6, LocalDate.of(2024, 4, 1));
			query.setObject(7, new PGInterval("30 days"));
			query.setDate(8, java.sql.Date.valueOf("2024-01-01"));
			query.setInt(9, 1);
			// from the fifth time on, the driver has the server prepare the statement and send binary values
			for (int time = 0; time < 8; time++)
				try (ResultSet result = query.executeQuery()) {
					seen.addAll(rows(result));
				}
		}
		check("parameters: table, columns, date, interval", "[null | 2024-01-01 Date | 1 Integer | null | 1 Long | 42.00 BigDecimal"
			+ " | 0.5 Double | true Boolean]", seen);

		try (PreparedStatement query = connection.prepareStatement(
				"SELECT retention_rate(customer, ordered_at, ?::timestamp, ?::timestamp) FROM example WHERE amount >= ?")) {
			query.setObject(1, LocalDate.of(2024, 2, 1));
			query.setObject(2, LocalDate.of(2024, 3, 1));
			query.setBigDecimal(3, java.math.BigDecimal.ZERO);
			try (ResultSet result = query.executeQuery()) {
				check("parameters of an aggregate", "[0.5 Double]", rows(result));
			}
		}
		try (PreparedStatement query = connection.prepareStatement("SELECT rate_a, difference FROM compare_rates(?, ?, ?, ?)")) {
			for (int i = 1; i <= 4; i++)
				query.setLong(i, i == 2 || i == 4 ? 10 : i);
			try (ResultSet result = query.executeQuery()) {
				result.next();
				check("bigint parameters", "0.1 -0.2", result.getDouble(1) + " " + Math.round(result.getDouble(2) * 1e9) / 1e9);
			}
		}
		try (PreparedStatement query = connection.prepareStatement("SELECT retention(VARIADIC ?) FROM example")) {
			query.setArray(1, connection.createArrayOf("boolean", new Boolean[] {true, false, true}));
			try (ResultSet result = query.executeQuery()) {
				result.next();
				check("an array of booleans both ways", "[true, false, true]",
					Arrays.toString((Boolean[]) result.getArray(1).getArray()));
			}
		}
	}

	static void nulls(Connection connection) throws SQLException {
		try (PreparedStatement query = connection.prepareStatement(
				"SELECT opening_customers, revenue, retention_rate, quick_ratio, complete"
				+ " FROM customer_churn(?, 'customer', 'ordered_at', amount => ?, as_of => ?, active_window => ?) WHERE opening_customers = 0")) {
			query.setString(1, "example");
			query.setNull(2, Types.VARCHAR);
			query.setNull(3, Types.DATE);
			query.setInt(4, 1);
			try (ResultSet result = query.executeQuery()) {
				check("NULLs both ways", "[0 Long | null | null | null | true Boolean]", rows(result));
			}
		}
	}

	static String cohort(Connection connection, String timezone) throws SQLException {
		try (PreparedStatement query = connection.prepareStatement(
				"SELECT DISTINCT to_char(cohort, 'YYYY-MM') FROM cohort_retention('midnight', 'customer', 'ordered_at', timezone => ?)")) {
			query.setString(1, timezone);
			try (ResultSet result = query.executeQuery()) {
				return rows(result).toString();
			}
		}
	}

	/** Run with -Duser.timezone=America/New_York, for a role whose zone is Europe/Sofia. */
	static void zone(Connection connection) throws SQLException {
		try (ResultSet result = connection.createStatement().executeQuery("SHOW TimeZone")) {
			check("the session has the zone of the Java process, not of the role", "[America/New_York String]", rows(result));
		}
		check("so orders are cut there", "[2024-01 String]", cohort(connection, null));
		check("but not with a timezone", "[2024-02 String]", cohort(connection, "Europe/Sofia"));
	}

	static void errors(Connection connection) throws SQLException {
		try (PreparedStatement query = connection.prepareStatement("SELECT * FROM cohort_retention(?, ?, 'ordered_at')")) {
			query.setString(1, "example");
			query.setString(2, "client");
			query.executeQuery();
			check("an unknown column is an error", "42703", "none");
		} catch (PSQLException error) {
			check("an unknown column is an error with a hint", "42703 true",
				error.getSQLState() + " " + error.getServerErrorMessage().getHint().contains("customer"));
		}
	}
}

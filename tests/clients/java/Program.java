// pgJDBC: prepared statements, batches, metadata of keys, savepoints, errors and their fields. Throws where something is wrong.
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

public class Program {
    static void same(Object expected, Object actual) {
        if (!expected.equals(actual)) throw new AssertionError("expected " + expected + ", got " + actual);
    }

    static List<String> strings(ResultSet rows, String column) throws SQLException {
        List<String> found = new ArrayList<>();
        while (rows.next()) found.add(rows.getString(column));
        return found;
    }

    public static void main(String[] arguments) throws Exception {
        String url = "jdbc:postgresql://" + System.getenv("PGHOST") + ":" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE");
        try (Connection connection = DriverManager.getConnection(url, System.getenv("PGUSER"), "1234")) {
            Statement statement = connection.createStatement();
            statement.execute("CREATE TABLE customers (id serial PRIMARY KEY, name varchar(50) NOT NULL, born date, code uuid UNIQUE)");
            statement.execute("CREATE TABLE orders (id bigint PRIMARY KEY, customer_id integer CONSTRAINT fk_customer REFERENCES customers "
                + "ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED, total numeric(10,2))");

            UUID code = UUID.fromString("12345678-1234-5678-1234-567812345678");
            PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO customers (name, born, code) VALUES (?, ?, ?)", Statement.RETURN_GENERATED_KEYS);
            insert.setString(1, "Ann");
            insert.setObject(2, LocalDate.of(2001, 2, 3));
            insert.setObject(3, code);
            same(1, insert.executeUpdate());
            ResultSet keys = insert.getGeneratedKeys();
            keys.next();
            same(1, keys.getInt("id"));

            connection.setAutoCommit(false);
            PreparedStatement orders = connection.prepareStatement("INSERT INTO orders VALUES (?, ?, ?)");
            for (int i = 0; i < 500; i++) {
                orders.setLong(1, i);
                orders.setInt(2, 1);
                orders.setBigDecimal(3, new BigDecimal("1.25"));
                orders.addBatch();
            }
            same(500, orders.executeBatch().length);
            Savepoint savepoint = connection.setSavepoint("here");
            try {
                statement.execute("INSERT INTO orders VALUES (1, 1, 0)");
                throw new AssertionError("a duplicate was expected to be refused");
            } catch (SQLException error) {
                same("23505", error.getSQLState());
                connection.rollback(savepoint);
            }
            connection.commit();

            // The server-side plan is used from the fifth time on.
            PreparedStatement lookup = connection.prepareStatement("SELECT name, born, code FROM customers WHERE id = ?");
            for (int i = 0; i < 10; i++) {
                lookup.setInt(1, 1);
                ResultSet row = lookup.executeQuery();
                row.next();
                same("Ann", row.getString(1));
                same(LocalDate.of(2001, 2, 3), row.getObject(2, LocalDate.class));
                same(code, row.getObject(3));
            }
            PreparedStatement page = connection.prepareStatement("SELECT id, total FROM orders ORDER BY id");
            page.setFetchSize(50);
            ResultSet rows = page.executeQuery();
            int count = 0;
            while (rows.next()) same((long) count++, rows.getLong(1));
            same(500, count);

            statement.execute("INSERT INTO orders VALUES (1000, 42, 0)");
            try {
                connection.commit();
                throw new AssertionError("an orphan was expected to be refused at commit");
            } catch (SQLException error) {
                same("23503", error.getSQLState());
                org.postgresql.util.ServerErrorMessage message = ((org.postgresql.util.PSQLException) error).getServerErrorMessage();
                same("fk_customer", message.getConstraint());
            }
            connection.rollback();
            connection.setAutoCommit(true);

            DatabaseMetaData metadata = connection.getMetaData();
            same("PostgreSQL", metadata.getDatabaseProductName());
            same(List.of("customers", "orders"), strings(metadata.getTables(null, "public", "%", new String[] {"TABLE"}), "TABLE_NAME"));
            same(List.of("id", "name", "born", "code"), strings(metadata.getColumns(null, "public", "customers", "%"), "COLUMN_NAME"));
            same(List.of("customers_pkey"), strings(metadata.getPrimaryKeys(null, "public", "customers"), "PK_NAME"));
            ResultSet imported = metadata.getImportedKeys(null, "public", "orders");
            imported.next();
            same("fk_customer", imported.getString("FK_NAME"));
            same("customers", imported.getString("PKTABLE_NAME"));
            same(DatabaseMetaData.importedKeySetNull, (int) imported.getShort("DELETE_RULE"));
            same(DatabaseMetaData.importedKeyCascade, (int) imported.getShort("UPDATE_RULE"));
            same(DatabaseMetaData.importedKeyInitiallyDeferred, (int) imported.getShort("DEFERRABILITY"));
            same(List.of("orders"), strings(metadata.getExportedKeys(null, "public", "customers"), "FKTABLE_NAME"));
            same(List.of("customers_code_key", "customers_pkey"), strings(metadata.getIndexInfo(null, "public", "customers", true, true), "INDEX_NAME"));
        }
        System.out.println("done");
    }
}

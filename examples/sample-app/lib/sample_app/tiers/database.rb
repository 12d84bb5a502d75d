require "securerandom"
require "socket"

module SampleApp
  module Tiers
    # A row is written and read; a database elsewhere must be reached over TLS.
    module Database
      module_function

      def check
        ActiveRecord::Base.connection_pool.with_connection do |connection|
          tls = cipher(connection)
          raise Wrong, "the connection is not encrypted" if tls == ""

          mark = SecureRandom.hex(8)
          # One row for each server, so that the table does not grow.
          row = HealthMark.find_or_initialize_by(name: Socket.gethostname.first(100))
          row.update!(mark: mark)
          raise Wrong, "the row that was written was not read" unless HealthMark.where(id: row.id).pluck(:mark) == [mark]

          tls ? { tls: tls } : {}
        end
      end

      # The cipher, empty without TLS, nil where there is no network in between.
      def cipher(connection)
        if connection.adapter_name =~ /postgres/i
          return connection.select_value("SELECT COALESCE(cipher, '') FROM pg_stat_ssl WHERE pid = pg_backend_pid()").to_s
        end
        return nil unless connection.adapter_name =~ /mysql/i

        connection.select_rows("SHOW SESSION STATUS LIKE 'Ssl_cipher'").flatten.last.to_s
      end
    end
  end
end

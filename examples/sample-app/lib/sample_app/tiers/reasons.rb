module SampleApp
  module Tiers
    # A check that found something wrong without an error of a library.
    class Wrong < StandardError; end

    # What may be told to anybody about an error: no names, no addresses, no credentials.
    module Reasons
      MYSQL = {
        1040 => "too many connections",
        1044 => "not allowed",
        1045 => "login refused",
        1049 => "there is no such database",
        1130 => "login refused",
        1142 => "not allowed",
        1146 => "a table is missing; the migrations have not run",
        2002 => "no connection",
        2003 => "no connection",
        2005 => "the name does not resolve",
        2013 => "no answer in time",
        2026 => "TLS failed",
        3159 => "TLS is wanted",
      }.freeze

      WORDS = {
        # PostgreSQL's.
        /password authentication failed|no pg_hba.conf entry/ => "login refused",
        /database ".*" does not exist/ => "there is no such database",
        /relation ".*" does not exist/ => "a table is missing; the migrations have not run",
        /permission denied/ => "not allowed",
        /too many clients|connection slots/ => "too many connections",
        /server closed the connection|terminating connection|the database system is/ => "no connection",
        /MOVED|CROSSSLOT/ => "the cache is a cluster and was not spoken to as one",
        /CLUSTERDOWN/ => "the cluster serves not every slot",
        /NOAUTH|WRONGPASS/ => "login refused",
        /READONLY/ => "the node is a replica",
        /OOM/ => "no memory left",
        /LOADING/ => "the node is still starting",
        /certificate|SSL|TLS/i => "TLS failed",
        /resolve|getaddrinfo|name or service/i => "the name does not resolve",
        /refused/i => "connection refused",
        /timed? ?out|timeout/i => "no answer in time",
      }.freeze

      CLASSES = {
        "Net::SMTPAuthenticationError" => "login refused",
        "Aws::Errors::MissingCredentialsError" => "no credentials from the instance's role",
        "Aws::S3::Errors::NoSuchBucket" => "there is no such bucket",
        "Aws::S3::Errors::AccessDenied" => "not allowed",
        "Aws::S3::Errors::Forbidden" => "not allowed",
        "ActiveRecord::NoDatabaseError" => "there is no such database",
        "ActiveRecord::ConnectionTimeoutError" => "all connections are in use",
        "Errno::ECONNREFUSED" => "connection refused",
        "Errno::EHOSTUNREACH" => "no route",
        "Net::OpenTimeout" => "no answer in time",
        "Net::ReadTimeout" => "no answer in time",
        "OpenSSL::SSL::SSLError" => "TLS failed",
      }.freeze

      module_function

      def of(error)
        return error.message if error.is_a?(Wrong)

        by_number(error) || CLASSES[error.class.name] || by_words(error) || by_cause(error) || error.class.name
      end

      def by_number(error)
        MYSQL[error.error_number] if error.respond_to?(:error_number)
      end

      def by_words(error)
        found = WORDS.find { |pattern, _reason| error.message =~ pattern }
        found && found.last
      end

      def by_cause(error)
        of(error.cause) if error.cause
      end
    end
  end
end

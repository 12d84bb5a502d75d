require "net/smtp"

module SampleApp
  module Tiers
    # The mail server takes the login. Nothing is sent: people would get it.
    module Mail
      module_function

      # nil where no mail server is set up.
      def check
        return nil unless Settings.mail?

        settings = Settings.smtp
        session = Net::SMTP.new(settings[:address], settings[:port])
        session.enable_tls
        session.open_timeout = settings[:open_timeout]
        session.read_timeout = settings[:read_timeout]
        session.start(settings[:domain], settings[:user_name], settings[:password], settings[:authentication]) { nil }
        { port: settings[:port] }
      end
    end
  end
end

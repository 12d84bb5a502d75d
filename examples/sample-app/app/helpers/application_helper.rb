module ApplicationHelper
  # The frame of a page asks who is logged in even where the database is what is broken.
  def current_user_or_none
    return @current_user_or_none if defined?(@current_user_or_none)

    @current_user_or_none = begin
      current_user
    rescue ActiveRecord::ActiveRecordError, SystemCallError
      nil
    end
  end

  def problems_of(record)
    return if record.errors.empty?

    content_tag(:ul, safe_join(record.errors.full_messages.map { |words| content_tag(:li, words) }), class: "problems")
  end

  # Where the list stands: its newest post, how many there are, and who looks.
  def feed_key(posts, reader)
    ["feed", I18n.locale, posts.map(&:id).max, posts.size, reader && reader.id]
  end
end
